import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type ScopeOptions, type WorkerOptions } from '../lib/index.js';
import { underLoad } from './support/load.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('restart');
const lines = new Lines();
let php: Runtime;
beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: lines });
});
afterAll(() => php.stop());

const http = (num: number): WorkerOptions => ({ file: join(root, 'worker.php'), name: 'http', num });
const background = (name: string, num: number, ...args: string[]): WorkerOptions => ({
  file: join(root, 'background.php'),
  background: true,
  name,
  num,
  args,
});

async function withScope<T>(
  name: string,
  workers: readonly WorkerOptions[],
  use: (scope: Scope) => Promise<T>,
  more: ScopeOptions = {},
) {
  const scope = await php.createScope({ name, root, workers, ...more });
  try {
    return await use(scope);
  } finally {
    await scope.close();
  }
}

const threadsOf = (scope: string) => php.status().threads.filter((thread) => thread.scope === scope);
const generationsOf = (scope: string) => threadsOf(scope).map(({ generation }) => generation);
const allReady = (scope: string) =>
  expect.poll(() => threadsOf(scope).every(({ state }) => state === 'ready')).toBe(true);
const said = (text: string, scope: string) => lines.of(text).filter(({ fields }) => fields['scope'] === scope);

describe('scope.restart()', () => {
  it.each([1, 4])(
    'L03 rolls a pool of %i under load: no request fails, each script ends in order',
    (num) => {
      const name = `load-${num}`;
      return withScope(name, [http(num), background('side', 2)], async (scope) => {
        await allReady(name);
        const paths = ['/worker.php', '/worker.php?sleep=2000', '/classic.php'];
        const { outcomes, bodies } = await underLoad(scope.listener, paths, 32, async (tally) => {
          await expect.poll(() => tally.bodies.size).toBe(num + 1); // each run, and 'classic'
          await scope.restart();
          expect(generationsOf(name)).toEqual(Array(num + 2).fill(2));
          await expect.poll(() => tally.bodies.size).toBe(2 * num + 1);
        });
        expect([...outcomes.keys()]).toEqual(['200']);
        expect(bodies.size).toBe(2 * num + 1);
        expect(said('finally of', name).length).toBe(num + 2);
        expect(said('shutdown function of', name).length).toBe(num);
        expect(threadsOf(name).every(({ state, failures }) => state === 'ready' && failures === 0)).toBe(true);
      });
    },
    60_000,
  );

  it('L03 restarts what is named, and nothing else', () =>
    withScope('named', [http(1), background('a', 1), background('b', 1), background('lazy', 0)], async (scope) => {
      await allReady('named');
      await scope.restart('a');
      await scope.restart(['a', 'lazy']);
      const generations = Object.fromEntries(threadsOf('named').map(({ worker, generation }) => [worker, generation]));
      expect(generations).toEqual({ http: 1, a: 3, b: 1 });
      await expect(scope.restart('nobody')).rejects.toMatchObject({
        code: 'ERR_SIDEKICK_UNKNOWN_WORKER',
        message: "scope 'named' has no worker 'nobody'",
      });
    }));

  it('V14 readers have the last snapshot meanwhile, then the next', () =>
    withScope(
      'stale',
      [background('a', 1, 'gated')],
      async (scope) => {
        const vars = scope.vars<{ run: string }>('a');
        await vars.ready();
        const before = vars.current!.run;
        const restarted = scope.restart('a');
        await expect.poll(() => threadsOf('stale').map(({ state }) => state)).toEqual(['booting']);
        expect(vars.current!.run).toBe(before);
        scope.vars('gate').publish({ open: true });
        await restarted;
        expect(vars.current!.run).not.toBe(before);
      },
      { jsVars: ['gate'] },
    ));

  it('L03 stops by force who has not left after restartTimeout', () =>
    withScope(
      'stuck',
      [background('a', 1, 'stuck')],
      async (scope) => {
        await scope.vars('a').ready();
        const started = performance.now();
        const restarted = scope.restart();
        expect(threadsOf('stuck').map(({ state }) => state)).toEqual(['draining']);
        await restarted;
        expect(performance.now() - started).toBeLessThan(300 + 1_000 + 1_000);
        expect(generationsOf('stuck')).toEqual([2]);
      },
      { restartTimeout: 300, stopTimeout: 0 },
    ));

  it('J09 its wait can be aborted; the restart goes on', () =>
    withScope('aborted', [http(1)], async (scope) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const restarted = scope.restart(undefined, { signal: controller.signal });
      controller.abort(reason);
      await expect(restarted).rejects.toBe(reason);
      await expect.poll(() => generationsOf('aborted')).toEqual([2]);
    }));

  it('L03 a restart is refused when the scope is closed, and ended when it closes', async () => {
    const scope = await php.createScope({
      name: 'closing',
      root,
      workers: [background('a', 1, 'stuck')],
      stopTimeout: 100,
    });
    await scope.vars('a').ready();
    const restarted = scope.restart();
    await Promise.all([expect(restarted).rejects.toMatchObject({ code: 'ERR_SIDEKICK_STOPPED' }), scope.close()]);
    await expect(scope.restart()).rejects.toMatchObject({ code: 'ERR_SIDEKICK_STOPPED' });
  });

  it.each([
    [[], 'names must be a name or an array of names, not an array'],
    [[''], "a worker's name must be a filled string, not ''"],
    [['a', 'a'], 'a name is given twice'],
  ])('L03 refuses %j', (names, message) =>
    withScope('refused', [background('a', 0)], (scope) =>
      expect(scope.restart(names)).rejects.toMatchObject({
        code: 'ERR_SIDEKICK_CONFIG',
        message: `restart(): ${message}`,
      }),
    ),
  );
});
