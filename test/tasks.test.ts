import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Runtime, type Scope, type WorkerOptions } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('tasks');
const works = join(root, 'works.php');
const deaf = join(root, 'deaf.php');
const ABORTED = 'RuntimeException: background worker exited without completing the task';

let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 4, logger: silence });
  const background = (name: string, more: Partial<WorkerOptions> = {}): WorkerOptions => ({
    file: works,
    background: true,
    name,
    ...more,
  });
  app = await php.createScope({
    name: 'tasks',
    root,
    stopTimeout: 500,
    workers: [
      { file: join(root, 'worker.php'), num: 4 },
      background('works'),
      background('other'),
      background('pair', { num: 2, taskQueue: 2 }),
      ...modes.flatMap((mode) => [
        background(`${mode}-lazy`),
        background(`${mode}-left`),
        background(`${mode}-fills`),
        background(`${mode}-skips`, { taskQueue: 2 }),
        background(`${mode}-crash`, { env: { CRASH: 'before' } }),
        background(`${mode}-boot`, { env: { CRASH: 'boot' } }),
        background(`${mode}-deaf`, { file: deaf }),
        background(`${mode}-deaf-3`, { file: deaf, taskQueue: 3 }),
      ]),
    ],
  });
});
afterAll(() => php.stop());

const running = (worker: string) => php.status().threads.filter((thread) => thread.worker === worker);

describe.each(modes)('tasks from a script in %s mode', (mode) => {
  const asks = <T = unknown>(command: string, query: Record<string, string> = {}) =>
    ask<T>(app, mode, { do: command, ...query });
  const updates = (payload: object, worker = 'works') =>
    asks<unknown[]>('updates', { payload: JSON.stringify(payload), worker });

  it('K01 start their worker, which receives the payload', async () => {
    const worker = `${mode}-lazy`;
    expect(running(worker)).toHaveLength(0);
    const payload = { do: 'echo', a: [1, 2], b: 'text' };
    expect(await updates(payload, worker)).toEqual([{ payload }, null]);
    expect(running(worker)).toHaveLength(1);
  });

  it('K01 are refused with an empty name, a bad timeout, a name that nobody serves', async () => {
    expect(await asks('arguments')).toEqual([
      'ValueError: frankenphp_worker_task_send(): Argument #1 ($name) must not be empty',
      'ValueError: frankenphp_worker_task_send(): Argument #1 ($name) must not have NUL bytes',
      'ValueError: frankenphp_worker_task_send(): Argument #3 ($timeout) must be a number of seconds, 0 or more',
      'ValueError: frankenphp_worker_task_send(): Argument #3 ($timeout) must be a number of seconds, 0 or more',
      "RuntimeException: no background worker configured for name 'nobody'",
    ]);
  });

  it("K01 hold what vars may hold, and an enum's case comes back the same", async () => {
    expect(await asks('values')).toEqual([true, true, null]);
    const refused = await asks<Record<string, string>>('refused');
    for (const kind of ['object', 'closure', 'resource']) {
      expect(refused[kind]).toMatch(/^ValueError: frankenphp_worker_task_send\(\): .*at\[0\]/);
    }
  });

  it.each([5_000, 100_000, 3_000_000])('K01 hand over %i bytes, past the budget too', async (bytes) => {
    expect(await asks('large', { bytes: String(bytes), times: '8' })).toEqual([true]);
  });

  it('K01 wait for a place, and say so when there is none in time', async () => {
    for (const [worker, places] of [
      [`${mode}-deaf`, 1],
      [`${mode}-deaf-3`, 3],
    ] as const) {
      const sent = await asks<string[]>('crowd', { worker, places: String(places) });
      expect(sent.slice(0, places)).toEqual(Array.from({ length: places }, () => 'accepted'));
      expect(sent[places]).toMatch(/^RuntimeException: timeout waiting for a place in the task queue/);
    }
  });

  it('K02 give a stream to select on, updates in order, and null at the end, again and again', async () => {
    expect(await asks('stream')).toEqual(['stream', 1, 0, 1, 1, 1, true, null, null]);
    expect(await asks('silence')).toEqual([0, false, '']);
    const counted = await updates({ do: 'count', to: 100 });
    expect(counted).toEqual([...Array.from({ length: 100 }, (_, i) => ({ i })), null]);
  });

  it('K03 are skipped when their sender has left before they were received', async () => {
    expect(await asks('skipped', { worker: `${mode}-skips` })).toEqual([{ payload: { do: 'echo' } }, null]);
  });

  it('K04 tell a wrong stream from a closed one, on both sides', async () => {
    const [memory, closed, update, receive, text] = await asks<string[]>('ends');
    expect(memory).toMatch(/^ValueError: frankenphp_worker_task_read\(\): Argument #1 \(\$stream\) must be a stream/);
    expect(closed).toBe("RuntimeException: frankenphp_worker_task_read(): the task's stream is closed");
    expect(update).toMatch(/^ValueError: frankenphp_worker_task_update\(\): Argument #1 \(\$stream\) must be a stream/);
    expect(receive).toMatch(/^RuntimeException: frankenphp_worker_task_receive\(\) can only be called from a backgr/);
    expect(text).toMatch(/^TypeError/);
    const [errors] = (await updates({ do: 'errors' })) as [Record<string, string>];
    expect(errors['wrong stream']).toMatch(/^ValueError/);
    expect(errors['sender']).toMatch(/^ValueError/);
    expect(errors['value']).toMatch(/^ValueError: frankenphp_worker_task_update\(\): .*a\.b/);
    expect(errors['closed']).toMatch(/^RuntimeException/);
  });

  it('K04 wait after 16 updates until the reader reads, or leaves', async () => {
    const worker = `${mode}-fills`;
    const holds = asks('hold', { worker, payload: '{"do":"fill"}', after: 'leave' });
    const vars = app.vars<{ updates: number; message?: string }>(worker);
    await holds;
    await vi.waitFor(() => expect(vars.current?.message).toMatch(/the task's sender has left$/));
    expect(vars.current!.updates).toBeLessThanOrEqual(17); // one was read
  });

  it.each(['fclose', 'unset'])('K05 are cancelled by the sender (%s), and the worker goes on', async (how) => {
    const worker = `${mode}-left`;
    const [working, after] = await asks<unknown[]>('leave', { worker, how });
    expect(working).toEqual({ working: true });
    expect(after).toEqual([{ i: 0 }, null]);
    expect(app.vars(worker).current).toEqual({
      left: [true, '', "frankenphp_worker_task_update(): the task's sender has left"],
    });
  });

  it.each(['exit', 'throw', 'fatal', 'memory', 'caught'])(
    'K07 end with an error for the sender when the worker does not complete them: %s',
    async (how) => {
      const seen = await updates({ do: how, status: 1 });
      expect(seen).toEqual(how === 'exit' ? [{ before: true }, ABORTED] : [ABORTED]);
      expect(await updates({ do: 'count', to: 1 })).toEqual([{ i: 0 }, null]);
    },
  );

  it('K07 end with an error at a clean exit too, and well when finally closes the stream', async () => {
    expect(await updates({ do: 'exit', status: 0 })).toEqual([{ before: true }, ABORTED]);
    expect(await updates({ do: 'finally' })).toEqual([null]);
  });

  it.each(['crash', 'boot'])('K07 end with an error when the worker dies before it received them: %s', async (how) => {
    expect(await updates({ do: 'echo' }, `${mode}-${how}`)).toEqual([ABORTED]);
  });

  it('K08 run at the same time on the instances of a pool', async () => {
    expect(await asks('parallel', { worker: 'pair' })).toBe(2);
    expect(await asks('many', { worker: 'pair' })).toEqual([true]);
  });

  it('K08 may be sent by background workers, but not by one to itself alone', async () => {
    const payload = { do: 'count', to: 3 };
    expect(await updates({ do: 'send', to: 'other', payload })).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, null]);
    expect(await updates({ do: 'send', to: 'works', payload })).toEqual([ABORTED]);
    expect(await updates({ do: 'send', to: 'pair', payload }, 'pair')).toHaveLength(4);
  });
});
