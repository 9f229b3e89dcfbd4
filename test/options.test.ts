import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SidekickError } from '../lib/errors.js';
import { normalizeRuntime, normalizeScope } from '../lib/options.js';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-options-'));
const script = join(folder, 'worker.php');
writeFileSync(script, '<?php\n');
mkdirSync(join(folder, 'public'));
symlinkSync('public', join(folder, 'current'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function refusal(run: () => unknown): SidekickError {
  try {
    run();
  } catch (error) {
    if (error instanceof SidekickError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Options as a caller without TypeScript may give them. */
function scope(options: Record<string, unknown>, warn?: (message: string) => void) {
  return normalizeScope({ root: folder, ...options }, warn);
}
const worker = (options: Record<string, unknown>) => () => scope({ workers: [{ file: script, ...options }] });

describe('runtime options', () => {
  it('fills defaults', () => {
    expect(normalizeRuntime()).toEqual({
      threads: 2 * availableParallelism(),
      scriptThreads: 2 * availableParallelism(),
      maxThreads: 2 * availableParallelism(),
      workers: [],
      iniFile: '',
      iniEntries: '',
      maxSnapshotBytes: 256 * 1024 * 1024,
      budget: 64 * 1024 * 1024,
      budgetPerInstance: 16 * 1024 * 1024,
      opcacheRestartTimeout: 5_000,
      logger: undefined,
    });
  });

  it('writes ini values in the syntax of php.ini', () => {
    const { iniEntries } = normalizeRuntime({
      ini: {
        memory_limit: '256M',
        'opcache.enable': 1,
        display_errors: false,
        error_log: null,
        'date.timezone': '${TZ}',
        user_agent: 'a "b" \\ c; d=e',
      },
    });
    expect(iniEntries.split('\n')).toEqual([
      'memory_limit="256M"',
      'opcache.enable="1"',
      'display_errors="0"',
      'error_log=""',
      'date.timezone="${TZ}"',
      'user_agent="a \\"b\\" \\\\ c; d=e"',
      '',
    ]);
  });

  it.each([
    [{ threads: 0 }, 'Runtime.start(): threads must be a whole number from 1 to 4096, not 0'],
    [{ threads: 1.5 }, 'Runtime.start(): threads must be a whole number from 1 to 4096, not 1.5'],
    [
      { threds: 1 },
      "Runtime.start(): unknown option 'threds'; known: threads, maxThreads, workers, scriptThreads, ini, iniFile, logger, vars, opcache",
    ],
    [{ vars: { maxSnapshotBytes: -1 } }, 'Runtime.start(): vars: maxSnapshotBytes must be a whole number from 1 to'],
    [{ vars: { budgets: 1 } }, "Runtime.start(): vars: unknown option 'budgets'"],
    [{ opcache: { restartTimeout: -1 } }, 'Runtime.start(): opcache: restartTimeout must be a whole number from 0 to'],
    [{ ini: { 'a=b': 1 } }, "Runtime.start(): ini holds 'a=b', which is no php.ini setting's name"],
    [{ ini: { a: 'x\ny' } }, "Runtime.start(): ini['a'] must not hold NUL bytes or line breaks"],
    [{ ini: { a: Number.NaN } }, "Runtime.start(): ini['a'] must be a finite number, not NaN"],
    [{ ini: { a: [] } }, "Runtime.start(): ini['a'] must be a string, number, boolean or null, not an array"],
    [{ iniFile: '/nowhere/php.ini' }, "Runtime.start(): iniFile '/nowhere/php.ini' is missing or cannot be read"],
    [{ logger: { info() {} } }, 'Runtime.start(): logger must have the method debug(fields, message)'],
  ])('refuses %j in one sentence', (options, message) => {
    const error = refusal(() => normalizeRuntime(options as never));
    expect(error.code).toBe('ERR_SIDEKICK_CONFIG');
    expect(error.message).toContain(message);
  });
});

describe('scope options', () => {
  it('fills defaults', () => {
    expect(scope({})).toEqual({
      name: folder.split('/').at(-1),
      root: folder,
      env: [],
      workers: [],
      jsVars: [],
      index: ['index.php'],
      splitPath: ['.php'],
      staticFiles: true,
      bodyTimeout: 60_000,
      maxWaitTime: 0,
      requestTimeout: 0,
      maxQueue: 1000,
      startTimeout: 30_000,
      stopTimeout: 30_000,
      restartTimeout: 6_000,
    });
  });

  it('resolves a symbolic link in the root, unless told not to', () => {
    const root = join(folder, 'current');
    expect(scope({ root }).root).toBe(join(folder, 'public'));
    expect(scope({ root, resolveRootSymlink: false }).root).toBe(root);
  });

  it.each([
    [{ root: '/nowhere' }, "createScope(): root '/nowhere' is missing or cannot be read"],
    [{ root: script }, 'is not a directory'],
    [{ maxQueue: -1 }, 'createScope(): maxQueue must be a whole number'],
    [{ startTimeout: -1 }, 'createScope(): startTimeout must be milliseconds from 0'],
    [{ stopTimeout: Number.NaN }, 'createScope(): stopTimeout must be milliseconds from 0'],
    [{ index: ['a/b.php'] }, "createScope(): index[0] must be the name of a file, not 'a/b.php'"],
    [{ splitPath: ['.phpé'] }, "createScope(): splitPath[0] must be the ending of a file's name in ASCII"],
    [{ env: { A: 1 } }, 'createScope(): env.A must be a string, not 1'],
    [{ env: { 'A=B': 'c' } }, "createScope(): env holds 'A=B', which cannot be the name of an environment variable"],
    [{ staticFile: true }, "createScope(): unknown option 'staticFile'"],
    [{ workers: {} }, 'createScope(): workers must be an array, not an object'],
  ])('refuses %j in one sentence', (options, message) => {
    const error = refusal(() => scope(options));
    expect(error.code).toBe('ERR_SIDEKICK_CONFIG');
    expect(error.message).toContain(message);
  });
});

describe('worker options', () => {
  it('C03 defaults to 2 per CPU for HTTP workers and to 0 for background workers', () => {
    const [http, background] = scope({
      workers: [{ file: script }, { file: script, background: true, name: 'a' }],
    }).workers;
    expect(http).toMatchObject({ num: 2 * availableParallelism(), name: script, background: false });
    expect(background).toMatchObject({ num: 0, name: 'a', background: true });
  });

  it('C04 caps a catch-all at 16 names by default and refuses num on it', () => {
    expect(scope({ workers: [{ file: script, background: true }] }).workers[0]).toMatchObject({
      name: '',
      maxThreads: 16,
    });
    expect(refusal(worker({ background: true, num: 1 })).message).toContain(
      'createScope(): workers[0]: num must be 0, not 1',
    );
  });

  it('C05 gives up after 6 failures in a row by default, -1 means never', () => {
    expect(worker({})().workers[0]?.maxConsecutiveFailures).toBe(6);
    expect(worker({ maxConsecutiveFailures: -1 })().workers[0]?.maxConsecutiveFailures).toBe(-1);
  });

  it('C07 lets two workers share one script', () => {
    const workers = ['a', 'b'].map((name) => ({ file: script, background: true, name, env: { NAME: name } }));
    expect(scope({ workers }).workers.map(({ env }) => env)).toEqual([
      ['NAME', 'a'],
      ['NAME', 'b'],
    ]);
  });

  it('C08 refuses a duplicate name and a second catch-all', () => {
    const named = { file: script, background: true, name: 'a' };
    expect(refusal(() => scope({ workers: [named, named] })).message).toBe(
      "createScope(): workers[1] has the name 'a', which workers[0] has already",
    );
    const catchAll = { file: script, background: true };
    expect(refusal(() => scope({ workers: [catchAll, catchAll] })).message).toContain(
      'workers[1] is a second catch-all after workers[0]',
    );
  });

  it.each([
    [{ file: undefined }, 'createScope(): workers[0]: file is missing'],
    [{ file: '/nowhere.php' }, "createScope(): workers[0]: file '/nowhere.php' is missing or cannot be read"],
    [{ file: folder }, 'is not a file'],
    [{ name: 'n', num: -1 }, "createScope(): workers[0] ('n'): num must be a whole number from 1 to 4096, not -1"],
    [{ name: 'n', num: 1.5 }, "createScope(): workers[0] ('n'): num must be a whole number"],
    [{ name: '' }, "createScope(): workers[0] (''): name must not be empty"],
    [{ name: 'a\0b' }, 'name must not hold a NUL byte'],
    [{ name: 'n', num: Number.NaN }, "('n'): num must be a whole number from 1 to 4096, not NaN"],
    [{ name: 'n', num: '2' }, "('n'): num must be a whole number from 1 to 4096, not '2'"],
    [{ name: 'n', num: 5000 }, "('n'): num must be a whole number from 1 to 4096, not 5000"],
    [{ name: 'n', background: true, num: -1 }, "('n'): num must be a whole number from 0 to 4096, not -1"],
    [{ name: 'n', background: true, maxThreads: 0 }, "('n'): maxThreads must be a whole number from 1 to 4096, not 0"],
    [{ background: true, maxThreads: -1 }, 'workers[0]: maxThreads must be a whole number from 1 to 4096, not -1'],
    [{ name: 'n', maxConsecutiveFailures: 1.5 }, "('n'): maxConsecutiveFailures must be a whole number from -1"],
    [{ name: 'n', maxRequests: -1 }, "('n'): maxRequests must be a whole number from 0"],
    [{ name: 'n', env: { A: 1 } }, "createScope(): workers[0] ('n'): env.A must be a string, not 1"],
    [{ name: 'n', env: { 'A=B': '' } }, "('n'): env holds 'A=B', which cannot be the name of an environment variable"],
    [{ name: 'n', args: ['a\0b'] }, "('n'): args[0] must not hold a NUL byte"],
    [{ name: 'n', background: true, recycle: true }, "('n'): recycle is for HTTP workers only"],
    [{ name: 'n', backgroud: true }, "createScope(): workers[0] ('n'): unknown option 'backgroud'; known: file, name,"],
    [{ name: 1 }, 'workers[0]: name must be a string, not 1'],
    [{ num: 4, maxThreads: 2 }, 'maxThreads must not be less than num (4), as 2 is'],
    [{ maxConsecutiveFailures: -2 }, 'maxConsecutiveFailures must be a whole number from -1'],
    [{ args: 'x' }, "args must be an array of strings, not 'x'"],
    [{ args: [1] }, 'args[0] must be a string, not 1'],
    [{ background: 'yes' }, "background must be true or false, not 'yes'"],
    [{ background: true, name: 'n', maxRequests: 3 }, 'maxRequests is for HTTP workers only'],
    [{ taskQueue: 2 }, 'taskQueue is for background workers only'],
    [{ background: true, name: 'n', taskQueue: 0 }, 'taskQueue must be a whole number from 1 to 1000000, not 0'],
    [{ background: true, name: 'n', match: '/x' }, "createScope(): workers[0] ('n'): match is for HTTP workers only"],
  ])('C08 refuses %j, naming worker and key', (options, message) => {
    const error = refusal(worker(options));
    expect(error.code).toBe('ERR_SIDEKICK_CONFIG');
    expect(error.message).toContain(message);
  });

  it('C10 ignores reserved env names with a warning', () => {
    const warnings: string[] = [];
    const env = { FRANKENPHP_WORKER: '1', APP_ENV: 'test' };
    const normalized = scope({ env, workers: [{ file: script, name: 'n', env }] }, (message) => warnings.push(message));
    expect(normalized.env).toEqual(['APP_ENV', 'test']);
    expect(normalized.workers[0]?.env).toEqual(['APP_ENV', 'test']);
    expect(warnings.sort()).toEqual([
      'createScope(): env.FRANKENPHP_WORKER is reserved and ignored',
      "createScope(): workers[0] ('n'): env.FRANKENPHP_WORKER is reserved and ignored",
    ]);
  });
});
