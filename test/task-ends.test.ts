// What becomes of tasks when their worker, scope or runtime stops.
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Runtime, type Scope, type TaskStatus } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('tasks');
const ABORTED = 'RuntimeException: background worker exited without completing the task';
const STOPPED = (worker: string) => `RuntimeException: background worker '${worker}' is being stopped`;

async function withTasks(
  use: (
    php: Runtime,
    asks: (mode: string, worker: string, payload: object) => Promise<unknown>,
    app: Scope,
  ) => Promise<void>,
) {
  const php = await Runtime.start({ threads: 6, logger: silence });
  try {
    const app = await php.createScope({
      name: 'ends',
      root,
      stopTimeout: 1_000, // requests are waited for that long, then the workers stop
      workers: [
        { file: join(root, 'worker.php'), num: 3 },
        { file: join(root, 'works.php'), background: true, name: 'works', num: 2 },
        { file: join(root, 'deaf.php'), background: true, name: 'deaf', num: 1 },
      ],
    });
    const asks = (mode: string, worker: string, payload: object) =>
      ask(app, mode, { do: 'updates', worker, payload: JSON.stringify(payload) });
    await use(php, asks, app);
  } finally {
    await php.stop();
  }
}

const tasksOf = (php: Runtime, worker: string): TaskStatus =>
  php.status().tasks.find((each) => each.worker === worker)!;

it.each(['scope', 'runtime'])('K09 stopping the %s releases senders and readers with an error', (what) =>
  withTasks(async (php, asks) => {
    const running = modes.map((mode) => asks(mode, 'works', { do: 'until stopped' }));
    await vi.waitFor(() => expect(tasksOf(php, 'works').running).toBe(2));
    const waiting = asks('classic', 'deaf', {});
    await vi.waitFor(() => expect(tasksOf(php, 'deaf').waiting).toBe(1));
    const unaccepted = asks('worker', 'deaf', {});
    await vi.waitFor(() => expect(tasksOf(php, 'deaf').unaccepted).toBe(1));
    const stopped = what === 'scope' ? php.scope('ends')!.close() : php.stop();
    for (const seen of await Promise.all(running)) expect(seen).toEqual([{ working: true }, ABORTED]);
    expect(await waiting).toEqual([STOPPED('deaf')]);
    expect(await unaccepted).toBe(STOPPED('deaf'));
    await stopped;
  }),
);

it('K09 status and metrics tell of tasks: how many there are, and what became of them', () =>
  withTasks(async (php, asks) => {
    await asks('classic', 'works', { do: 'echo' });
    await asks('classic', 'works', { do: 'caught' });
    await ask(php.scope('ends')!, 'classic', { do: 'leave', worker: 'works', how: 'fclose' });
    await ask(php.scope('ends')!, 'classic', { do: 'crowd', worker: 'deaf', places: '1' });
    await vi.waitFor(() => expect(tasksOf(php, 'works').running).toBe(0));
    const outcome = { waiting: 0, unaccepted: 0, running: 0, completed: 0, aborted: 0, abandoned: 0, timedOut: 0 };
    const ends = { scope: 'ends', ...outcome };
    expect(php.status().tasks).toEqual([
      { ...ends, worker: 'works', completed: 2, aborted: 1, abandoned: 1 },
      { ...ends, worker: 'deaf', abandoned: 1, timedOut: 1 },
    ]);
    expect(php.metrics()).toContain(
      'frankenphp_worker_task_count{scope="ends",worker="works",outcome="completed"} 2\n',
    );
    expect(php.metrics()).toContain('sidekick_tasks_running{scope="ends",worker="works"} 0\n');
  }));

it('K08 serves many tasks of many senders, in classic and worker mode at once', () =>
  withTasks(async (php) => {
    const app = php.scope('ends')!;
    for (let round = 0; round < 4; round++) {
      await Promise.all(modes.map((mode) => ask(app, mode, { do: 'many', worker: 'works' })));
    }
    await vi.waitFor(() => {
      const { waiting, running, completed, abandoned, aborted } = tasksOf(php, 'works');
      // Each request leaves while its last ones are under way.
      expect([waiting, running, aborted, completed + abandoned]).toEqual([0, 0, 0, 1600]);
      expect(completed).toBeGreaterThanOrEqual(1520);
    });
  }));

it.each(modes)('K07 a worker that completes tasks is not given up for the crashes between, in %s mode', (mode) =>
  withTasks(async (_php, asks, app) => {
    const failed: string[] = [];
    app.on('worker:failed', ({ worker }) => failed.push(worker));
    for (let crash = 0; crash < 14; crash++) {
      expect(await asks(mode, 'works', { do: 'throw' })).toEqual([ABORTED]);
      for (let instance = 0; instance < 2; instance++) {
        expect(await asks(mode, 'works', { do: 'count', to: 1 })).toEqual([{ i: 0 }, null]);
      }
    }
    expect(failed).toEqual([]);
  }),
);
