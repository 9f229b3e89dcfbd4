import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type WorkerLife } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('shared-vars');
const silent = join(root, 'silent.php');
const fails = join(root, 'fails.php');
const deaf = join(root, 'deaf.php');
const small = join(root, 'small.php');

let php: Runtime;
let app: Scope;
const started: string[] = [];
beforeAll(async () => {
  php = await Runtime.start({ threads: 4, logger: silence });
  const background = (file: string, names: readonly string[]) =>
    names.map((name) => ({ file, background: true, name, maxConsecutiveFailures: 2 }));
  app = await php.createScope({
    name: 'ensure',
    root,
    stopTimeout: 100, // deaf workers do not end by themselves
    workers: [
      { file: join(root, 'worker.php'), num: 4 },
      { file: join(root, 'boots.php'), num: 1, env: { BOOTS: 'boot-1 boot-2' } },
      ...background(silent, ['boot-1', 'boot-2', 'asked', 'pool']),
      ...background(
        silent,
        modes.flatMap((mode) => ['alone', 'many', 'x', 'y', 'unpublished'].map((name) => `${mode}-${name}`)),
      ),
      ...background(deaf, ['deaf', ...modes.map((mode) => `${mode}-later`)]),
      ...background(fails, ['fails']),
      { file: small, background: true, name: 'settings', env: { PUBLISH: 'list' } },
      { file: join(root, 'asks.php'), background: true, name: 'asks', env: { ASKS: 'settings' } },
    ],
  });
  app.on('worker:start', ({ worker }: WorkerLife) => started.push(worker));
});
afterAll(() => php.stop());

interface Attempt {
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

const running = (worker: string) => php.status().threads.filter((thread) => thread.worker === worker);

describe.each(modes)('frankenphp_ensure_background_worker() in %s mode', (mode) => {
  const ensure = (names: unknown, timeout?: number | string) => {
    const query = { do: 'ensure', names: JSON.stringify(names) };
    return ask<Attempt>(app, mode, timeout === undefined ? query : { ...query, timeout: String(timeout) });
  };

  it('E01 starts a worker and returns when it is ready', async () => {
    const name = `${mode}-alone`;
    expect(await ensure(name)).toEqual({ result: null });
    expect(running(name)).toMatchObject([{ state: 'ready', generation: 1 }]);
    expect(await ensure(name)).toEqual({ result: null });
    expect(running(name)).toMatchObject([{ state: 'ready', generation: 1 }]);
  });

  it('E02 however many ask, it starts one pool', async () => {
    const name = `${mode}-many`;
    const answers = await Promise.all(Array.from({ length: 12 }, () => ensure(name)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"result":null}']));
    expect(running(name)).toMatchObject([{ generation: 1 }]);
    expect(started.filter((worker) => worker === name).length).toBeLessThanOrEqual(1);
  });

  it('E03 a timeout of 0.0 starts and does not wait', async () => {
    const name = `${mode}-later`;
    expect(await ensure(name, '0.0')).toEqual({ result: null });
    await expect.poll(() => running(name).length).toBe(1);
  });

  it('E04 several start in parallel under one deadline', async () => {
    expect(await ensure([`${mode}-x`, `${mode}-y`], 10)).toEqual({ result: null });
    expect([...running(`${mode}-x`), ...running(`${mode}-y`)].map(({ state }) => state)).toEqual(['ready', 'ready']);
    const before = performance.now();
    expect(await ensure([`${mode}-x`, 'deaf'], 0.1)).toEqual({
      error: 'RuntimeException',
      message: expect.stringContaining('deaf'),
    });
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('E05 an unknown name: RuntimeException', async () => {
    expect(await ensure('nobody')).toEqual({
      error: 'RuntimeException',
      message: expect.stringContaining("no background worker configured for name 'nobody'"),
    });
  });

  it('E08 a worker that does not boot: RuntimeException with all there is to know', async () => {
    const { error, message } = await ensure('fails', 10);
    expect(error).toBe('RuntimeException');
    for (const part of ["'fails'", fails, '255', 'attempt 2', 'no settings', `${fails}:4`])
      expect(message).toContain(part);
  });

  it.each([
    [[], 'ValueError'],
    ['', 'ValueError'],
    ['nul\0byte', 'ValueError'],
    [['pool', ''], 'ValueError'],
    [['pool', 'pool'], 'ValueError'],
    [['pool', 1.5], 'TypeError'],
    [['pool', null], 'TypeError'],
  ])('E03 %j: %s, and nothing is started', async (names, error) => {
    expect(await ensure(names)).toMatchObject({ error });
    expect(running('pool')).toEqual([]);
  });

  it.each([-1, -0.001, 'NAN'])('E03 a timeout of %s: ValueError, and nothing is started', async (timeout) => {
    expect(await ensure('pool', timeout)).toMatchObject({ error: 'ValueError' });
    expect(running('pool')).toEqual([]);
  });
});

describe('frankenphp_ensure_background_worker()', () => {
  it('E06 works in the boot of an HTTP worker', async () => {
    expect(await ask(app, 'boots')).toEqual({ result: null });
    expect([...running('boot-1'), ...running('boot-2')].map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  it('E07 a worker that does not boot fails the boot of an HTTP worker at once', async () => {
    const before = performance.now();
    const workers = [
      { file: join(root, 'boots.php'), num: 1, env: { BOOTS: 'fails' } },
      { file: fails, background: true, name: 'fails', maxConsecutiveFailures: -1 },
    ];
    await using scope = await php.createScope({ name: 'boot', root, workers });
    expect(await ask(scope, 'boots')).toEqual({
      error: 'RuntimeException',
      message: expect.stringContaining('no settings'),
    });
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('V16 background workers read the vars of others, and start them', async () => {
    await app.vars('asks').ready();
    expect(app.vars('asks').current).toEqual({ result: ['a', ['b'], 'c'] });
    expect(running('settings').length).toBe(1);
  });
});
