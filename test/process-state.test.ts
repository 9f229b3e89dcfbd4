import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { run } from './support/child.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('process-state');
const INITIAL = 'LC_CTYPE=C.UTF-8;LC_NUMERIC=C;LC_TIME=C;LC_COLLATE=C;LC_MONETARY=C;LC_MESSAGES=C;';

let php: Runtime;
let scope: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
  scope = await php.createScope({ root, workers: [{ file: join(root, 'worker.php'), num: 1 }] });
});
afterAll(() => php.stop());

describe.each(modes)('%s', (mode) => {
  it("W08 setlocale() is the thread's own", async () => {
    expect(await ask(scope, mode, { do: 'locale' })).toEqual({
      ctype: 'C.UTF-8',
      numeric: 'C',
      all: expect.stringMatching(new RegExp(`^${INITIAL}`)),
      unknown: false,
      tried: 'C',
      now: 'C',
      second: 'C.UTF-8',
      mixed: true,
      restored: true,
      category: false,
      environment: 'C.UTF-8',
    });
  });

  it('W08 umask() and chdir() change nothing of the process', async () => {
    const before = [process.umask(), process.cwd()];
    const mask = before[0] as number;
    expect(await ask(scope, mode, { do: 'umask' })).toEqual([mask, mask, 0o27, 0o27, '27', 0]);
    expect(await ask(scope, mode, { do: 'chdir' })).toEqual([true, '/']);
    expect([process.umask(), process.cwd()]).toEqual(before);
  });
});

it('W08 a locale ends with the script that set it; threads do not see each other’s', async () => {
  await ask(scope, 'worker', { do: 'set', locale: 'C' });
  await ask(scope, 'classic', { do: 'set', locale: 'POSIX' });
  expect(await ask(scope, 'worker', { do: 'get' })).toBe('C'); // the same script still
  expect(await ask(scope, 'classic', { do: 'get' })).toBe('C.UTF-8');
  await scope.restart();
  expect(await ask(scope, 'worker', { do: 'get' })).toBe('C.UTF-8');
});

describe('the process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sidekick-process-state-'));
  const library = join(folder, 'process-state.so');
  beforeAll(async () => {
    const source = fileURLToPath(new URL('support/process-state.c', import.meta.url));
    await promisify(execFile)('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  interface Seen {
    readonly set: string;
    readonly umask: readonly (number | string)[];
    readonly before: number;
    readonly after: number;
    readonly warnings: readonly string[];
  }

  async function play(env: Record<string, string>) {
    const preload = process.env['LD_PRELOAD'] ? `${process.env['LD_PRELOAD']} ${library}` : library;
    const end = await run('process-state.mjs', [root], { env: { LC_ALL: 'C', LD_PRELOAD: preload, ...env } });
    expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
    return { told: end.stderr.trim().split('\n'), ...(JSON.parse(end.stdout) as Seen) };
  }

  it('W08 keeps its locale: what a script sets is not asked of the process', async () => {
    const { told, set } = await play({});
    expect(set).toBe('C.UTF-8');
    expect(told.at(0)).toMatch(/^begins with /);
    expect(told.at(-1)).toBe(told.at(0)!.replace('begins', 'ends'));
  });

  it('W08 keeps its umask where threads cannot have one of their own: a script is refused, and warned', async () => {
    const { umask, before, after, warnings } = await play({ SIDEKICK_TEST_UNSHARE: '1' });
    expect(after).toBe(before);
    expect(umask).toEqual([before, before, before, before, before.toString(8), before]);
    const [start, ...refused] = warnings;
    expect(start).toBe('unshare(CLONE_FS) is refused here: umask() in a script will be, too');
    expect(refused).toEqual(Array(2).fill(expect.stringContaining('umask(): refused')));
  });
});
