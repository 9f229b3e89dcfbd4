#!/usr/bin/env node
// The command `php-sidekick`: picks the command and hands it its arguments. Each command is a file of cli/, loaded only
// when it is asked for.
import type { Command } from './cli/command.js';
import { SidekickError } from './errors.js';

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.js')).serve,
  run: async () => (await import('./cli/run.js')).run,
  doctor: async () => (await import('./cli/doctor.js')).doctor,
  bench: async () => (await import('./cli/bench.js')).bench,
};

async function usage(): Promise<string> {
  let lines = 'usage: php-sidekick <command> …\n\n';
  for (const load of Object.values(COMMANDS)) {
    const { usage, summary } = await load();
    lines += `  php-sidekick ${usage}\n      ${summary}\n`;
  }
  return lines;
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(await usage());
    return name === undefined ? 2 : 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    process.stderr.write(`php-sidekick: unknown command '${name}'\n\n${await usage()}`);
    return 2;
  }
  const command = await COMMANDS[name]!();
  return command.run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What a user can act on is one sentence; anything else is a defect and keeps its stack.
  process.stderr.write(
    error instanceof SidekickError ? `php-sidekick: ${error.message}\n` : `${(error as Error).stack ?? error}\n`,
  );
  process.exitCode = 1;
}
