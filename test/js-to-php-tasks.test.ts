// Tasks from JavaScript to PHP's workers.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('tasks');
const declare = (php: Runtime, name: string) =>
  php.createScope({
    name,
    root,
    stopTimeout: 500,
    workers: [
      { file: join(root, 'works.php'), background: true, name: 'works' },
      { file: join(root, 'works.php'), background: true, name: 'pool', maxThreads: 3 },
    ],
  });
const ABORTED = { code: 'ERR_SIDEKICK_TASK_ABORTED' };

let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
  app = await declare(php, 'js-to-php');
});
afterAll(() => php.stop());

async function updatesOf(payload: object): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const update of app.sendTask('works', payload)) seen.push(update);
  return seen;
}

it('J04 a worker in PHP is started for its task, and sends updates', async () => {
  expect(php.status().threads.some(({ worker }) => worker === 'works')).toBe(false);
  expect(await updatesOf({ do: 'count', to: 3 })).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  const payload = {
    do: 'echo',
    text: 'ü'.repeat(1 << 20),
    list: [1, 2.5, null, true],
    bytes: new Uint8Array([0, 255]),
  };
  const last = (await app.sendTask('works', payload).result) as { payload: object };
  expect(last.payload).toEqual(payload);
  expect(Object.isFrozen(last.payload)).toBe(true);
});

it('J04 many at once each get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, at) => app.sendTask('works', { do: 'echo', at }).result),
  );
  expect(answers).toEqual(Array.from({ length: 500 }, (_, at) => ({ payload: { do: 'echo', at } })));
});

it.each(['exit', 'throw', 'fatal'])('J04 a worker that dies in the middle is told at once: %s', async (how) => {
  const task = app.sendTask('works', { do: how, status: 1 });
  const seen: unknown[] = [];
  const loop = (async () => {
    for await (const update of task) seen.push(update);
  })();
  await expect(loop).rejects.toMatchObject(ABORTED);
  await expect(task.result).rejects.toMatchObject(ABORTED);
  expect(seen).toEqual(how === 'exit' ? [{ before: true }] : []);
  expect(await updatesOf({ do: 'count', to: 1 })).toEqual([{ i: 0 }]);
});

it('J04 leaving the loop tells the worker, which stays usable', async () => {
  for await (const update of app.sendTask('works', { do: 'until left' })) {
    expect(update).toEqual({ working: true });
    break;
  }
  await vi.waitFor(() => expect(app.vars('works').current).toMatchObject({ left: [true, '', expect.any(String)] }));
  expect(await updatesOf({ do: 'count', to: 1 })).toEqual([{ i: 0 }]);
});

it('J04 an abort of the signal tells the worker too', async () => {
  const controller = new AbortController();
  const task = app.sendTask('works', { do: 'until left' }, { signal: controller.signal });
  const reason = new Error('enough');
  for await (const update of task) {
    expect(update).toEqual({ working: true });
    break;
  }
  const other = app.sendTask('works', { do: 'pid' }, { signal: controller.signal });
  const result = other.result;
  controller.abort(reason);
  await expect(result).rejects.toBe(reason);
  expect(await updatesOf({ do: 'count', to: 1 })).toEqual([{ i: 0 }]);
});

it('K08 tasks that wait get more instances, up to maxThreads, which work at the same time', async () => {
  const tasks = Array.from({ length: 3 }, () => app.sendTask('pool', { do: 'pid' }));
  const instances = new Set<unknown>();
  const open: AsyncIterator<unknown>[] = [];
  for (const task of tasks) {
    const updates = task[Symbol.asyncIterator]();
    open.push(updates);
    const { value } = await updates.next(); // none of them ends before it is left
    instances.add((value as { instance: unknown }).instance);
  }
  expect(instances.size).toBe(3);
  await Promise.all(open.map((updates) => updates.return?.(undefined)));
});

it('K09 closing the scope ends what JavaScript has sent', async () => {
  const other = await declare(php, 'js-to-php-closed');
  const running = other.sendTask('works', { do: 'until stopped' });
  const updates = running[Symbol.asyncIterator]();
  expect((await updates.next()).value).toEqual({ working: true });
  const waiting = other.sendTask('works', { do: 'count', to: 1 });
  const results = Promise.allSettled([updates.next(), waiting.result]);
  await other.close();
  for (const { status } of await results) expect(status).toBe('rejected');
  expect(() => other.sendTask('works', {})).toThrow(/closed/);
});
