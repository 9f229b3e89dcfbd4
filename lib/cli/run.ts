// `php-sidekick run`: a PHP script as `php script.php` runs it, with this process's streams.
import { constants } from 'node:os';
import { pipeline } from 'node:stream/promises';
import type { IniValue } from '../options.js';
import { Runtime } from '../runtime.js';
import type { Command } from './command.js';

interface Arguments {
  readonly ini: Readonly<Record<string, IniValue>>;
  readonly script: string;
  readonly args: readonly string[];
}

/** As PHP's command line takes them: `[-d key[=value]]… script [args…]`. A string says what is wrong. */
export function parseRun(words: readonly string[]): Arguments | string {
  const ini: Record<string, IniValue> = {};
  let at = 0;
  for (; words[at]?.startsWith('-'); at++) {
    let word = words[at]!;
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-d')) return `unknown option '${word}'`;
    if (word === '-d') word += words[++at] ?? '';
    const [, key, value] = /^-d([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (key === undefined) return '-d needs a setting: -d memory_limit=256M';
    ini[key] = value ?? '1';
  }
  const script = words[at];
  return script === undefined ? 'which script?' : { ini, script, args: words.slice(at + 1) };
}

export const run: Command = {
  usage: 'run [-d key=value]… script.php [args…]',
  summary: 'runs a PHP script once, as on a command line, and ends with its exit code',

  async run(words) {
    const parsed = parseRun(words);
    if (typeof parsed === 'string') {
      process.stderr.write(`php-sidekick run: ${parsed}\nusage: php-sidekick ${this.usage}\n`);
      return 2;
    }
    const { ini, script, args } = parsed;
    await using php = await Runtime.start({ threads: 1, scriptThreads: 1, ini });
    const stopped = new AbortController();
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const onSignal = (signal: NodeJS.Signals): void => stopped.abort(signal);
    for (const signal of signals) process.on(signal, onSignal);
    try {
      const running = php.run(script, { args, stdin: process.stdin, signal: stopped.signal });
      // Where nobody reads on (`| head`), the script finds its output closed.
      const written = Promise.allSettled([
        pipeline(running.stdout, process.stdout, { end: false }),
        pipeline(running.stderr, process.stderr, { end: false }),
      ]);
      const { exitCode } = await running;
      await written;
      return exitCode & 0xff; // all that a process has of it
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
      return 128 + constants.signals[stopped.signal.reason as (typeof signals)[number]];
    } finally {
      for (const signal of signals) process.off(signal, onSignal);
    }
  },
};
