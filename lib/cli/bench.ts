// `php-sidekick bench`: runs a benchmark of bench/, a folder that a checkout has and the npm package has not, because
// what is measured beside php-sidekick is built from source.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from './command.js';

const BENCHMARKS: readonly string[] = ['copy', 'http', 'tasks'];

export const bench: Command = {
  usage: `bench ${BENCHMARKS.join('|')} [--quick]`,
  summary: 'measures php-sidekick beside what else there is; in a checkout only',

  async run([name, ...args]) {
    if (name === undefined || !BENCHMARKS.includes(name)) {
      process.stderr.write(
        `php-sidekick bench: ${name === undefined ? 'which one?' : `no benchmark '${name}'.`} There is: ${BENCHMARKS.join(', ')}\n`,
      );
      return 2;
    }
    const program = fileURLToPath(new URL(`../../bench/${name}/main.mjs`, import.meta.url));
    if (!existsSync(program)) {
      process.stderr.write(
        `php-sidekick bench: the npm package holds no benchmarks, because they build what they compare with. ` +
          `In a checkout of php-sidekick run: npm run bench:${name}\n`,
      );
      return 1;
    }
    const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  },
};
