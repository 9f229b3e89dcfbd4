import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type WorkerOptions } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('global-workers');
const folder = mkdtempSync(join(tmpdir(), 'sidekick-global-'));
const http: WorkerOptions = { file: join(root, 'worker.php'), num: 1 };
const background = (name?: string, more: Partial<WorkerOptions> = {}): WorkerOptions => ({
  file: join(root, 'background.php'),
  background: true,
  ...(name === undefined ? {} : { name }),
  ...more,
});

interface Answer {
  readonly name?: string;
  readonly run?: string;
  readonly error?: string;
}

const lines = new Lines();
let php: Runtime;
let one: Scope;
let two: Scope;
let isolated: Scope;
beforeAll(async () => {
  writeFileSync(join(folder, 'watched'), '');
  const workers = [
    background('eager', { num: 1 }),
    background('lazy'),
    background('watched', { num: 1, watch: folder }),
  ];
  php = await Runtime.start({ threads: 1, logger: lines, workers });
  one = await php.createScope({ name: 'one', root, workers: [http], jsVars: ['flags'] });
  two = await php.createScope({ name: 'two', root, workers: [http], jsVars: ['flags'] });
  isolated = await php.createScope({ name: 'isolated', root, workers: [http, background('own')] });
});
afterAll(async () => {
  await php.stop();
  rmSync(folder, { recursive: true });
});

const runOf = (scope: Scope, name: string) => scope.vars<{ run: string }>(name).current?.run;
const running = (worker: string) => php.status().threads.filter((thread) => thread.worker === worker);

describe("the runtime's own workers", () => {
  it('C06 are started with it', () => {
    expect(running('eager').map(({ state, scope }) => [state, scope])).toEqual([['ready', '']]);
    expect(running('lazy')).toEqual([]);
  });

  it.each(modes)('C06 %s: scopes that declare no background worker share them', async (mode) => {
    const answers = await Promise.all([one, two, one].map((scope) => ask<Answer>(scope, mode, { name: 'lazy' })));
    expect(answers[0]).toEqual({ name: 'lazy', run: expect.any(String) });
    expect(new Set(answers.map(({ run }) => run)).size).toBe(1);
    expect(running('lazy').length).toBe(1);
  });

  it.each(modes)('C06 %s: a scope that declares any does not', async (mode) => {
    const error = "no background worker configured for name 'eager'";
    expect(await ask<Answer>(isolated, mode, { name: 'eager' })).toEqual({ error });
    expect(await ask<Answer>(isolated, mode, { name: 'own' })).toMatchObject({ name: 'own' });
    expect(await ask<Answer>(one, mode, { name: 'own' })).toMatchObject({ error: expect.stringContaining("'own'") });
  });

  it('C06 are there for JavaScript through each of those scopes', async () => {
    await Promise.all([one.ensure('lazy'), two.vars('lazy').ready()]);
    expect(runOf(one, 'lazy')).toBe(runOf(two, 'lazy'));
    expect(runOf(one, 'lazy')).toBeDefined();
    await expect(isolated.ensure('lazy')).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
    expect(() => isolated.vars('lazy')).toThrowError(/lazy/);
  });

  it('C06 leave a scope its own jsVars', () => {
    one.vars('flags').publish({ of: 'one' });
    two.vars('flags').publish({ of: 'two' });
    expect(one.vars('flags').current).toEqual({ of: 'one' });
  });

  it('C06 outlive a scope that used them, and are not restarted with it', async () => {
    const scope = await php.createScope({ name: 'short', root });
    const run = runOf(scope, 'eager');
    await scope.restart();
    expect(runOf(scope, 'eager')).toBe(run);
    await scope.restart('eager');
    expect(runOf(scope, 'eager')).not.toBe(run);
    await scope.close();
    expect(running('eager').map(({ state }) => state)).toEqual(['ready']);
    expect(php.scope('')).toBeUndefined();
  });

  it('C10 are watched', async () => {
    const run = runOf(one, 'watched');
    writeFileSync(join(folder, 'watched'), 'changed');
    await expect.poll(() => runOf(one, 'watched')).not.toBe(run);
    expect(lines.of("worker 'watched': ").filter(({ message }) => message.includes('has changed')).length).toBe(1);
  });

  it.each([
    [[http], 'Runtime.start(): workers[0] must have background: true; HTTP workers belong to a scope'],
    [[background('x'), background('x')], "Runtime.start(): workers[1] has the name 'x', which workers[0] has already"],
    [[{ ...background('x'), file: '/nowhere' }], "Runtime.start(): workers[0] ('x'): file '/nowhere' is missing"],
    [1, 'Runtime.start(): workers must be an array, not 1'],
  ])('C08 refuses what is wrong with them (%#)', async (workers, message) => {
    await expect(Runtime.start({ workers: workers as never })).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_CONFIG',
      message: expect.stringContaining(message),
    });
  });
});
