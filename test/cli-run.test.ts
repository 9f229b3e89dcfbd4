// `php-sidekick run` and `php-sidekick doctor`, as a user calls them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixture } from './support/modes.js';
import { isSanitized } from './support/variant.js';

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const script = (name: string) => join(fixture('scripts'), name);

function cli(args: readonly string[], options: { readonly input?: string; readonly cwd?: string } = {}) {
  const end = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', input: '', ...options });
  return { status: end.status, stdout: end.stdout, stderr: end.stderr };
}

describe('php-sidekick run', () => {
  it("J08 is php's command line: arguments, input, both streams, exit code", () => {
    expect(cli(['run', 'console.php', 'upper', '-d'], { cwd: fixture('scripts'), input: 'one\ntwo' })).toEqual({
      status: 0,
      stdout: '-dONE\n-dTWO',
      stderr: '2 lines\n',
    });
    expect(cli(['run', script('console.php'), 'fail', '7'])).toMatchObject({ status: 7, stderr: 'failing with 7\n' });
    expect(cli(['run', script('ends.php'), 'fatal'])).toMatchObject({ status: 255, stderr: '' });
    expect(cli(['run', script('ends.php'), 'status'])).toMatchObject({ status: 300 & 255 });
  });

  it('J08 takes settings of php.ini with -d', () => {
    const { stdout } = cli(['run', '-d', 'display_errors=0', '-dlog_errors', script('ends.php'), 'warning']);
    expect(stdout).toBe('shutdown\n');
  });

  it('J08 says what is wrong with its arguments', () => {
    expect(cli(['run'])).toMatchObject({ status: 2, stderr: expect.stringContaining('which script?') });
    expect(cli(['run', '-r', 'echo 1;'])).toMatchObject({ status: 2, stderr: expect.stringContaining("option '-r'") });
    expect(cli(['run', '-d'])).toMatchObject({ status: 2, stderr: expect.stringContaining('-d needs a setting') });
    expect(cli(['run', 'nowhere.php'])).toMatchObject({
      status: 1,
      stderr: "php-sidekick: run(): the script 'nowhere.php' is missing or cannot be read\n",
    });
  });

  it.each([
    ['SIGINT', 130, 'loop'],
    ['SIGTERM', 143, 'sleep'],
  ] as const)('J08 %s ends it with %i', async (signal, status, way) => {
    const child = spawn(process.execPath, [program, 'run', script('endless.php'), way]);
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await ended).toEqual([status, null]);
  });

  it('J08 ends when nobody reads its output any more', async () => {
    const child = spawn(process.execPath, [program, 'run', script('endless.php'), 'write']);
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [status] = (await ended) as [number];
    expect(status).not.toBeNull();
  });
});

describe('php-sidekick doctor', () => {
  it.skipIf(isSanitized)('tells versions, extensions, opcache, symbols and limits', () => {
    const { status, stdout, stderr } = cli(['doctor']);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ {2}Node\.js +\d+\.\d+/m);
    expect(stdout).toMatch(/^ {2}PHP +8\.\d+\.\d+, 64 bit$/m);
    expect(stdout).toMatch(/^ {2}extensions .*\bjson\b/m);
    expect(stdout).toMatch(/^ok +opcache +on, 256 MB/m);
    expect(stdout).toMatch(/^ok +symbols +libphp uses its own libraries$/m);
    expect(stdout).toMatch(/^(?:ok|warn) +files +/m);
  });
});
