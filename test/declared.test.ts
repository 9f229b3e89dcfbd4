// What is declared in createScope(), and what comes of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type ScopeOptions, type WorkerLife, type WorkerOptions } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('declared');
const file = join(root, 'about.php');
const http = { file: join(root, 'worker.php'), num: 1 };
const lines = new Lines();
let php: Runtime;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-declared-'));
  php = await Runtime.start({ threads: 1, logger: lines });
});
afterAll(async () => {
  await php.stop();
  await rm(folder, { recursive: true });
});

const about = (name: string | undefined, more: Partial<WorkerOptions> = {}): WorkerOptions => ({
  file,
  background: true,
  ...(name === undefined ? {} : { name }),
  ...more,
});

async function within<T>(
  workers: readonly WorkerOptions[],
  use: (scope: Scope) => Promise<T>,
  more: ScopeOptions = {},
) {
  const options = { name: 'declared', root, stopTimeout: 50, workers, ...more };
  const scope = await php.createScope(options);
  try {
    return await use(scope);
  } finally {
    await scope.close();
  }
}

const threads = (worker: string) => php.status().threads.filter((thread) => thread.worker === worker);
interface Told {
  readonly result?: Readonly<Record<string, unknown>> | null;
  readonly message?: string;
}
const ensure = (scope: Scope, mode: string, ...names: string[]) =>
  ask<Told>(scope, mode, { do: 'ensure', names: names.join(' '), timeout: '10' });
const vars = async (scope: Scope, name: string) => {
  await scope.vars(name).ready();
  return scope.vars(name).current;
};

describe('C02 names', () => {
  it('C02 a catch-all lends its script to any name, which it finds in its arguments', () =>
    within([http, about(undefined, { env: { COLOUR: 'grey' } }), about('named')], async (scope) => {
      for (const name of ['any', 'Ünïcode', 'with spaces and "quotes"', '../../etc/passwd', '0']) {
        expect(await vars(scope, name)).toEqual({ name, colour: 'grey', argv: [name] });
      }
      expect(await vars(scope, 'named')).toMatchObject({ name: 'named', colour: false });
    }));

  it('C02 the catch-all does not serve the name of another worker of its scope, nor its own path', () =>
    within([http, about(undefined), about('named', { env: { COLOUR: 'red' } })], async (scope) => {
      expect(await vars(scope, 'named')).toMatchObject({ colour: 'red' });
      for (const name of [http.file, file]) {
        await expect(scope.ensure(name)).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
      }
    }));
});

describe('C03 eager workers', () => {
  it('C03 one that is merely not ready in time is told of in the log, and the scope is there', () =>
    within(
      [about('slow', { num: 1, env: { DOES: 'hang' } })],
      async (scope) => {
        expect(scope.isOpen).toBe(true);
        expect(threads('slow')).toMatchObject([{ state: 'booting' }]);
        const said = lines.of("worker 'slow'").filter(({ level }) => level === 'warn');
        expect(said.map(({ message }) => message)).toEqual([expect.stringContaining('is not ready after 200 ms')]);
        expect(said[0]?.message).toContain(file);
      },
      { startTimeout: 200 },
    ));

  it('C03 one that fails to boot rejects createScope(), and takes along what had been started for it', async () => {
    await writeFile(join(folder, 'fail'), '');
    const workers = [
      about('fine', { num: 2 }),
      about('fails', { num: 1, maxConsecutiveFailures: 3, env: { DOES: 'fail when told', GATE: folder } }),
    ];
    await expect(php.createScope({ name: 'fails', root, workers })).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_BOOT_FAILED',
      attempts: 3,
      exitStatus: 255,
      lastError: { file, message: expect.stringContaining('told to fail') },
    });
    await rm(join(folder, 'fail'));
    expect([...threads('fine'), ...threads('fails')]).toEqual([]);
  });
});

describe('C04 the limit of a catch-all', () => {
  it.each(modes)(
    'C04 the next distinct name is refused; one that is there takes no second place (%s)',
    async (mode) => {
      await within([http, about(undefined, { maxThreads: 2 }), about('named')], async (scope) => {
        for (const name of ['first', 'second', 'first', 'named']) {
          expect(await ensure(scope, mode, name)).toMatchObject({ result: null });
        }
        const told = await ensure(scope, mode, 'third');
        expect(told.message).toBe(`cannot start 'third': limit of 2 reached for the catch-all worker ${file}`);
        expect((await ensure(scope, mode, 'first', 'third')).message).toContain('limit of 2 reached');
        await expect(scope.ensure('third')).rejects.toThrow('limit of 2 reached');
        expect(threads('third')).toEqual([]);
      });
    },
  );

  it('C04 a batch that does not fit starts nothing', () =>
    within([about(undefined, { maxThreads: 2 })], async (scope) => {
      await expect(scope.ensure(['one', 'two', 'three'])).rejects.toThrow('limit of 2 reached');
      expect(threads('one')).toEqual([]);
      await scope.ensure(['one', 'two']);
    }));

  it('C04 it is 16 by default', () =>
    within([about(undefined)], async (scope) => {
      const names = Array.from({ length: 16 }, (_, at) => `name-${at}`);
      await scope.ensure(names);
      await expect(scope.ensure('name-16')).rejects.toThrow("cannot start 'name-16': limit of 16 reached");
    }));

  it('C04 a name that was given up has left its place', () =>
    within(
      [about(undefined, { maxThreads: 1, maxConsecutiveFailures: 1, env: { DOES: 'fail when told', GATE: folder } })],
      async (scope) => {
        await scope.ensure('one');
        await expect(scope.ensure('two')).rejects.toThrow('limit of 1 reached');
        const failed = new Promise((resolve) => scope.once('worker:failed', resolve));
        await writeFile(join(folder, 'fail'), '');
        await failed;
        await rm(join(folder, 'fail'));
        await expect.poll(() => threads('one')).toEqual([]);
        await scope.ensure('two');
      },
    ));
});

it('E11 an eager worker past its boot is never given up, and each time it might be is told of', () =>
  within(
    [about('stubborn', { num: 1, maxConsecutiveFailures: 2, env: { DOES: 'fail when told', GATE: folder } })],
    async (scope) => {
      const failed: WorkerLife[] = [];
      const twice = new Promise<void>((resolve) => {
        scope.on('worker:failed', (life) => failed.push(life) === 2 && resolve());
      });
      await writeFile(join(folder, 'fail'), '');
      await twice;
      expect(failed).toMatchObject([{ generation: 2 }, { generation: 3 }]);
      expect(
        lines.all.filter(({ level, fields }) => level === 'error' && fields['worker'] === 'stubborn').length,
      ).toBeGreaterThanOrEqual(2);
      await rm(join(folder, 'fail'));
      await expect.poll(() => threads('stubborn')[0]?.state, { timeout: 10_000 }).toBe('ready');
      await scope.ensure('stubborn');
    },
  ));

describe('C06 scopes', () => {
  it('C06 one name in two scopes is two workers with two snapshots', () =>
    within([http, about('same', { env: { COLOUR: 'red' } })], (red) =>
      within(
        [http, about('same', { env: { COLOUR: 'blue' } })],
        async (blue) => {
          expect(await vars(red, 'same')).toMatchObject({ colour: 'red' });
          expect(blue.vars('same').current).toBeUndefined();
          expect(threads('same')).toHaveLength(1);
          expect(await vars(blue, 'same')).toMatchObject({ colour: 'blue' });
          for (const mode of modes) {
            for (const [scope, colour] of [
              [red, 'red'],
              [blue, 'blue'],
            ] as const) {
              const { result } = await ask<Told>(scope, mode, { do: 'get', names: 'same' });
              expect(result).toMatchObject({ same: { colour } });
            }
          }
          expect(threads('same').map(({ scope }) => scope)).toEqual(['declared', 'other']);
          await blue.close();
          expect(red.vars('same').current).toMatchObject({ colour: 'red' });
          expect(threads('same')).toMatchObject([{ scope: 'declared', state: 'ready', generation: 1 }]);
        },
        { name: 'other' },
      ),
    ));

  it('C06 a scope is asked for its own names only, and fills the places of its own catch-all only', () =>
    within([http, about(undefined, { maxThreads: 1 })], (one) =>
      within(
        [http, about(undefined, { maxThreads: 1 }), about('own')],
        async (other) => {
          await one.ensure('a');
          await other.ensure('b');
          await expect(one.ensure('b')).rejects.toThrow('limit of 1 reached');
          expect(await ensure(other, 'classic', 'own')).toMatchObject({ result: null });
          expect((await ensure(one, 'classic', 'own')).message).toContain('limit of 1 reached');
        },
        { name: 'other' },
      ),
    ));
});

describe('C07 sharing', () => {
  it('C07 two workers of one script have each its own environment and failure policy', () =>
    within(
      [
        about('red', { env: { COLOUR: 'red', DOES: 'fail when told', GATE: folder }, maxConsecutiveFailures: 1 }),
        about('blue', { env: { COLOUR: 'blue' }, args: ['x'] }),
      ],
      async (scope) => {
        expect(await vars(scope, 'red')).toEqual({ name: 'red', colour: 'red', argv: ['red'] });
        expect(await vars(scope, 'blue')).toEqual({ name: 'blue', colour: 'blue', argv: ['blue', 'x'] });
        const failed = new Promise<WorkerLife>((resolve) => scope.once('worker:failed', resolve));
        await writeFile(join(folder, 'fail'), '');
        expect(await failed).toMatchObject({ worker: 'red', generation: 1 });
        await rm(join(folder, 'fail'));
        expect(threads('blue')).toMatchObject([{ state: 'ready', generation: 1, failures: 0 }]);
      },
    ));

  it('C07 a pool has one snapshot: the last of its instances to publish has written it', () =>
    within([http, about('pool', { num: 3, env: { DOES: 'take turns' } })], async (scope) => {
      await expect.poll(() => scope.vars('pool').version).toBe(3);
      const { result } = await ask<Told>(scope, 'worker', { do: 'get', names: 'pool' });
      expect(result?.['pool']).toEqual(scope.vars('pool').current);
    }));
});
