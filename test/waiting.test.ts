// Who waits for whom: batches, names that are stuck, and what ends a wait.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type WorkerOptions } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('declared');
let php: Runtime;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-waiting-'));
  php = await Runtime.start({ threads: 3, logger: silence });
});
afterAll(async () => {
  await php.stop();
  await rm(folder, { recursive: true });
});

interface Told {
  readonly result?: unknown;
  readonly message?: string;
  readonly seconds: number;
}

const http = { file: join(root, 'worker.php'), num: 3 };
const about = (name: string, env: Record<string, string> = {}): WorkerOptions => ({
  file: join(root, 'about.php'),
  background: true,
  name,
  env: { GATE: folder, ...env },
});
const hanging = (...names: string[]) => names.map((name) => about(name, { DOES: 'hang' }));
const asks = (name: string, whom: string): WorkerOptions => ({
  file: join(root, 'asks.php'),
  background: true,
  name,
  env: { ASKS: whom },
});

const call = (scope: Scope, mode: string, what: 'ensure' | 'get', names: string, timeout?: number) =>
  ask<Told>(scope, mode, { do: what, names, ...(timeout === undefined ? {} : { timeout: String(timeout) }) });

async function within<T>(workers: readonly WorkerOptions[], use: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = await php.createScope({ name: 'waiting', root, stopTimeout: 1_000, workers: [http, ...workers] });
  try {
    return await use(scope);
  } finally {
    await scope.close();
  }
}

/** Workers that boot on only when all of them are booting. */
const meeting = (mark: string) => {
  const names = ['one', 'two', 'three', 'four'].map((name) => `${mark}-${name}`);
  return { names, workers: names.map((name) => about(name, { DOES: 'meet', MEET: names.join(' ') })) };
};

describe('a batch', () => {
  it.each(modes)('E04 is started together: its workers meet each other (%s mode)', async (mode) => {
    const { names, workers } = meeting(mode);
    await within(workers, async (scope) => {
      expect(await call(scope, mode, 'ensure', names.join(' '), 20)).toMatchObject({ result: null });
    });
  });

  it.each(modes)('V08 likewise when vars are read (%s mode)', async (mode) => {
    const { names, workers } = meeting(`vars-${mode}`);
    await within(workers, async (scope) => {
      const { result } = await call(scope, mode, 'get', names.join(' '), 20);
      expect(Object.keys(result as object)).toEqual(names);
    });
  });

  it('E04 likewise from JavaScript and from a background worker', async () => {
    for (const from of ['JavaScript', 'background']) {
      const { names, workers } = meeting(from);
      await within([...workers, asks('asks', names.join(' '))], async (scope) => {
        if (from === 'JavaScript') await scope.ensure(names, { timeout: 20_000 });
        else await scope.vars('asks').ready({ timeout: 20_000 });
        if (from === 'background') expect(scope.vars('asks').current).toEqual({ result: null });
      });
    }
  });

  it.each(modes)('E04 has one deadline, not one for each name, and says which are missing (%s mode)', async (mode) => {
    await within([about('fine'), ...hanging('a', 'b', 'c', 'd', 'e')], async (scope) => {
      const told = await call(scope, mode, 'ensure', 'a b fine c d e', 1.5);
      expect(told.seconds).toBeGreaterThanOrEqual(1.49);
      expect(told.seconds).toBeLessThan(6); // five would be 7.5
      for (const name of ['a', 'b', 'c', 'd', 'e']) expect(told.message).toContain(`'${name}' runs, but`);
      expect(told.message).not.toContain("'fine'");
    });
  });
});

describe('a name that is stuck', () => {
  it.each(modes)('E10 delays no other name: that is started and ready meanwhile (%s mode)', async (mode) => {
    await within([about('fine'), about('vars'), ...hanging('stuck')], async (scope) => {
      const stuck = call(scope, mode, 'ensure', 'stuck', 60);
      await expect.poll(() => php.status().threads.some(({ worker }) => worker === 'stuck')).toBe(true);
      expect(await call(scope, mode, 'ensure', 'fine')).toMatchObject({ result: null });
      expect(await call(scope, mode, 'get', 'vars')).toMatchObject({ result: { vars: { name: 'vars' } } });
      await scope.ensure(['fine', 'vars']);
      expect(await Promise.race([stuck, Promise.resolve('still waits')])).toBe('still waits');
      await scope.close();
      expect((await stuck).message).toMatch(/closed|stopp/);
    });
  });
});

describe('closing a scope', () => {
  it.each(['classic', 'worker', 'background', 'JavaScript'] as const)(
    'E10 releases who waits with an error: %s',
    async (from) => {
      const workers = [...hanging('stuck'), asks('asks', 'stuck')];
      const scope = await php.createScope({ name: 'released', root, stopTimeout: 1_000, workers: [http, ...workers] });
      const code = (error: { code: string }) => error.code;
      const waits =
        from === 'JavaScript'
          ? Promise.all([
              scope.ensure('stuck').catch(code),
              scope.vars('stuck').ready().catch(code),
              scope.ensure(['asks', 'stuck']).catch(code),
            ])
          : from === 'background'
            ? scope.ensure('asks').catch(code)
            : call(scope, from, 'ensure', 'stuck').then(({ message }) => message);
      await expect.poll(() => php.status().threads.some(({ worker }) => worker === 'stuck')).toBe(true);
      const started = performance.now();
      await scope.close();
      const told = await waits;
      expect(performance.now() - started).toBeLessThan(5_000); // not the 30 s that they would wait
      if (from === 'JavaScript') expect(told).toEqual(Array(3).fill('ERR_SIDEKICK_STOPPED'));
      else if (from === 'background') expect(told).toBe('ERR_SIDEKICK_STOPPED');
      else expect(told).toMatch(/closed|stopp/);
      expect(php.status().threads.filter(({ scope: of }) => of === 'released')).toEqual([]);
    },
  );
});

describe('an unknown name', () => {
  const message = "no background worker configured for name 'nobody'";
  it.each(modes)('E05 is told at once, in just these words (%s mode)', async (mode) => {
    await within([about('known')], async (scope) => {
      for (const what of ['ensure', 'get'] as const) {
        expect(await call(scope, mode, what, 'nobody')).toMatchObject({ error: 'RuntimeException', message });
        expect(await call(scope, mode, what, 'known nobody', 5)).toMatchObject({ message });
      }
      expect(php.status().threads.filter(({ worker }) => worker === 'known')).toEqual([]);
    });
  });

  it('E05 likewise in a background worker and in JavaScript', async () => {
    await within([about('known'), asks('asks', 'known nobody')], async (scope) => {
      await scope.vars('asks').ready();
      expect(scope.vars('asks').current).toEqual({ message });
      await expect(scope.ensure('nobody')).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER', message });
      expect(php.status().threads.filter(({ worker }) => worker === 'known')).toEqual([]);
    });
  });

  it('E05 an HTTP worker is no background worker, and neither is the path of a script', async () => {
    await within([about('known')], async (scope) => {
      for (const name of [http.file, join(root, 'about.php'), 'worker.php', 'Known', 'known ', 'know']) {
        await expect(scope.ensure(name)).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
      }
    });
  });
});

describe('all at once', () => {
  it('E02 from HTTP in both modes, from JavaScript and from background workers: one pool is started', async () => {
    const names = Array.from({ length: 6 }, (_, at) => `shared-${at}`);
    const askers = Array.from({ length: 6 }, (_, at) => asks(`asks-${at}`, names.join(' ')));
    const workers = [...names.map((name) => ({ ...about(name), num: 0 })), ...askers];
    const started: string[] = [];
    await within(workers, async (scope) => {
      scope.on('worker:start', ({ worker }) => started.push(worker));
      const all = Array.from({ length: 10 }, () => [
        ...modes.flatMap((mode) => [
          call(scope, mode, 'ensure', names.join(' ')),
          call(scope, mode, 'get', names.toReversed().join(' ')),
        ]),
        scope.ensure(names),
        ...names.map((name) => scope.vars(name).ready()),
        ...askers.map(({ name }) => scope.vars(name!).ready()),
      ]);
      for (const told of await Promise.all(all.flat())) {
        if (told !== undefined) expect((told as Told).message).toBeUndefined();
      }
      const threads = php.status().threads.filter(({ worker }) => names.includes(worker));
      expect(threads.map(({ worker }) => worker).toSorted()).toEqual(names);
      expect(threads.every(({ generation, state }) => generation === 1 && state === 'ready')).toBe(true);
      expect(started.filter((worker) => names.includes(worker)).toSorted()).toEqual(names);
    });
  });
});
