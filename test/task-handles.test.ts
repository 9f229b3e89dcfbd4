import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Runtime, type Scope, type WorkerOptions } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('tasks');
const ABORTED = 'RuntimeException: background worker exited without completing the task';

let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: silence });
  const wakes = (name: string, more: Partial<WorkerOptions> = {}): WorkerOptions => ({
    file: join(root, 'wakes.php'),
    background: true,
    name,
    taskQueue: 50,
    ...more,
  });
  app = await php.createScope({
    name: 'handles',
    root,
    stopTimeout: 500,
    workers: [
      { file: join(root, 'worker.php'), num: 2 },
      { file: join(root, 'objects.php'), background: true, name: 'objects' },
      { file: join(root, 'deaf.php'), background: true, name: 'deaf', taskQueue: 50, num: 1 },
      ...modes.flatMap((mode) => [
        wakes(`${mode}-wakes`),
        wakes(`${mode}-late`, { env: { LATE: '150' } }),
        wakes(`${mode}-one`, { env: { ONE: '1' } }),
        wakes(`${mode}-signals`, { env: { SIGNALS: '1' } }),
        wakes(`${mode}-pool`, { num: 3 }),
      ]),
    ],
  });
});
afterAll(() => php.stop());

interface Woken {
  readonly lines: readonly string[];
  readonly received: number;
}

describe.each(modes)('the worker handle and tasks from %s mode', (mode) => {
  const asks = <T = unknown>(command: string, query: Record<string, string> = {}) =>
    ask<T>(app, mode, { do: command, ...query });
  const burst = (worker: string, count: number) => asks('burst', { worker, count: String(count) });

  it.each(['wakes', 'signals'])('H04 carries a line for a wake-up (%s)', async (kind) => {
    const worker = `${mode}-${kind}`;
    const vars = app.vars<{ lines: string[]; received: number }>(worker);
    expect(await burst(worker, 1)).toBe(1);
    await vi.waitFor(() => expect(vars.current).toEqual({ lines: ['task\n'], received: 1 }));
    expect(await burst(worker, 1)).toBe(1);
    await vi.waitFor(() => expect(vars.current).toEqual({ lines: ['task\n', 'task\n'], received: 2 }));
  });

  it('K06 are not lost when they were queued before anybody listened, and one wake-up does for many', async () => {
    const worker = `${mode}-late`;
    const vars = app.vars<{ lines: string[]; received: number }>(worker);
    expect(await burst(worker, 20)).toBe(20);
    await vi.waitFor(() => expect((vars.current as Woken).received).toBe(20));
    expect((vars.current as Woken).lines.length).toBeLessThanOrEqual(3);
  });

  it('K06 wake a worker again that takes one a time, as long as tasks remain', async () => {
    const worker = `${mode}-one`;
    expect(await burst(worker, 20)).toBe(20);
    const vars = app.vars<{ lines: string[]; received: number }>(worker);
    await vi.waitFor(() => expect((vars.current as Woken).received).toBe(20));
  });

  it('K06 wake every instance of a pool; who comes too late gets null', async () => {
    expect(await burst(`${mode}-pool`, 40)).toBe(40);
  });

  it('K06 take no descriptor before a stream is selected on, and give it back', async () => {
    expect(await asks('descriptors', { worker: 'deaf' })).toEqual([0, 50, 0]);
  });

  it('H07 sends, receives and completes tasks', async () => {
    const run = (command: string) => asks('object', { worker: 'objects', payload: JSON.stringify({ do: command }) });
    expect(await run('complete')).toEqual([{ half: 1 }, { whole: 2 }, null]);
    expect(await run('end')).toEqual([null]);
    expect(await run('stream')).toEqual([null]);
    expect(await run('drop')).toEqual([ABORTED]);
    expect(await run('after')).toEqual([
      { seen: true },
      "RuntimeException: FrankenPHP\\SentTaskHandle::read(): the task's stream is closed",
    ]);
    await vi.waitFor(() => {
      expect(app.vars('objects').current).toEqual({
        left: "FrankenPHP\\ReceivedTaskHandle::update(): the task's sender has left",
      });
    });
    expect(await run('twice')).toEqual([null]);
    await vi.waitFor(() => {
      expect(app.vars('objects').current).toEqual({
        twice: "FrankenPHP\\ReceivedTaskHandle::complete(): the task's stream is closed",
      });
    });
  });

  it('H07 is safe in whatever way the objects were made', async () => {
    const [refused] = (await asks('object', {
      worker: 'objects',
      payload: '{"do":"refusals"}',
    })) as Record<string, Record<string, unknown>>[];
    const closed = {
      serialize: 'Exception',
      unserialize: 'Exception',
      clone: 'Error',
      property: 'Error',
      'without constructor': 'ReflectionException',
      extend: true,
    };
    expect(refused).toEqual({
      'FrankenPHP\\WorkerHandle': closed,
      'FrankenPHP\\SentTaskHandle': closed,
      'FrankenPHP\\ReceivedTaskHandle': closed,
      new: 'Error',
    });
  });

  it('H07 is refused outside a background worker', async () => {
    const [made, name, twice, type] = await asks<string[]>('objects', {
      worker: 'objects',
    });
    expect(made).toMatch(/^RuntimeException: FrankenPHP\\WorkerHandle::__construct\(\) can only be called from a/);
    expect(name).toMatch(/^ValueError/);
    expect(twice).toMatch(/^Error: Cannot call FrankenPHP\\SentTaskHandle::__construct\(\) twice/);
    expect(type).toBe('stream');
  });
});
