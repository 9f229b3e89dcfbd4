// runtime.status() as Prometheus text. Names are FrankenPHP's where it has the figure, and begin with `sidekick_` where
// it has none. Everything is derived from the status, so the two never disagree.
import type { RuntimeStatus, TaskStatus, ThreadStatus } from './binding.js';

type Labels = Readonly<Record<string, string | number>>;

class Text {
  #lines: string[] = [];

  family(name: string, type: 'gauge' | 'counter', help: string, samples: Iterable<readonly [Labels, number]>): this {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) this.#lines.push(`${name}${labelText(labels)} ${value}`);
    return this;
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (letter) => (letter === '\n' ? '\\n' : `\\${letter}`));
}

/** The status in Prometheus's text format 0.0.4. */
export function metricsText(status: RuntimeStatus): string {
  const { opcache, tasks, threads, vars } = status;
  const workers = threads.filter((thread) => thread.kind === 'http' || thread.kind === 'background');
  const one = (value: number): readonly (readonly [Labels, number])[] => [[{}, value]];
  return new Text()
    .family('frankenphp_total_threads', 'gauge', 'PHP threads', one(threads.length))
    .family('frankenphp_busy_threads', 'gauge', 'PHP threads that serve a request', one(count(threads, isBusy)))
    .family('frankenphp_queue_depth', 'gauge', 'Classic requests that wait for a thread', one(status.classicWaiting))
    .family(
      'frankenphp_worker_queue_depth',
      'gauge',
      'Requests that wait for an instance of a worker',
      status.pools
        .filter((pool) => pool.kind === 'http')
        .map((pool) => [{ scope: pool.scope, worker: pool.worker }, pool.waiting]),
    )
    .family(
      'frankenphp_total_workers',
      'gauge',
      'Instances of a worker',
      perWorker(workers, () => 1),
    )
    .family('frankenphp_ready_workers', 'gauge', 'Instances that are ready', perWorker(workers, isReady))
    .family('frankenphp_busy_workers', 'gauge', 'Instances that serve a request', perWorker(workers, isBusy))
    .family('sidekick_abandoned_threads', 'gauge', 'Threads that could not be stopped', one(status.abandonedThreads))
    .family(
      'sidekick_requests_total',
      'counter',
      'Requests served by a thread',
      perThread(threads, (t) => t.requests),
    )
    .family(
      'frankenphp_worker_task_count',
      'counter',
      'Tasks that have ended, by how',
      tasks.flatMap((each) => OUTCOMES.map(([outcome, figure]) => ofName({ outcome }, each, figure(each)))),
    )
    .family(
      'sidekick_tasks_waiting',
      'gauge',
      'Tasks accepted and not received yet',
      tasks.map((each) => ofName({}, each, each.waiting)),
    )
    .family(
      'sidekick_tasks_unaccepted',
      'gauge',
      'Tasks whose senders wait for a place',
      tasks.map((each) => ofName({}, each, each.unaccepted)),
    )
    .family(
      'sidekick_tasks_running',
      'gauge',
      'Tasks received and not ended',
      tasks.map((each) => ofName({}, each, each.running)),
    )
    .family('sidekick_vars_current_bytes', 'gauge', 'Snapshots in service', one(vars.currentBytes))
    .family(
      'sidekick_vars_superseded_snapshots',
      'gauge',
      'Superseded snapshots still held',
      one(vars.supersededSnapshots),
    )
    .family('sidekick_vars_superseded_bytes', 'gauge', 'Their cost beyond current ones', one(vars.supersededBytes))
    .family(
      'sidekick_vars_held_superseded_bytes',
      'gauge',
      'Superseded snapshots that a thread holds; several may hold the same',
      perThread(threads, (thread) => thread.supersededBytes),
    )
    .family(
      'sidekick_vars_copied_reads_total',
      'counter',
      'Versions copied for a thread whose budget for superseded snapshots was used up',
      perThread(threads, (thread) => thread.copiedReads),
    )
    .family('sidekick_opcache_restarts_total', 'counter', 'Times that opcache was emptied', one(opcache.restarts))
    .family('sidekick_opcache_restart_waiting', 'gauge', 'A restart of opcache is wanted', one(opcache.waiting ? 1 : 0))
    .family(
      'sidekick_opcache_failed_restarts_total',
      'counter',
      'Restarts of opcache that were put off',
      one(opcache.failedAttempts),
    )
    .family('sidekick_opcache_resets_total', 'counter', 'Calls of opcache_reset()', one(opcache.resets))
    .family('sidekick_opcache_memory_bytes', 'gauge', "opcache's memory", one(opcache.memoryBytes))
    .family('sidekick_opcache_wasted_bytes', 'gauge', 'Taken by discarded scripts', one(opcache.wastedBytes))
    .family('sidekick_opcache_free_bytes', 'gauge', 'Not used yet', one(opcache.freeBytes))
    .toString();
}

const OUTCOMES: readonly (readonly [string, (tasks: TaskStatus) => number])[] = [
  ['completed', ({ completed }) => completed],
  ['aborted', ({ aborted }) => aborted],
  ['abandoned', ({ abandoned }) => abandoned],
  ['timeout', ({ timedOut }) => timedOut],
];

function ofName(more: Labels, { scope, worker }: TaskStatus, value: number): readonly [Labels, number] {
  return [{ scope, worker, ...more }, value];
}

function isBusy(thread: ThreadStatus): number {
  return thread.busy ? 1 : 0;
}

function isReady(thread: ThreadStatus): number {
  return thread.state === 'ready' ? 1 : 0;
}

function count(threads: readonly ThreadStatus[], figure: (thread: ThreadStatus) => number): number {
  return threads.reduce((sum, thread) => sum + figure(thread), 0);
}

function perThread(
  threads: readonly ThreadStatus[],
  figure: (thread: ThreadStatus) => number,
): (readonly [Labels, number])[] {
  // While a thread is replaced there are two of its number: one sample for both, or scrapers refuse the page.
  return [...grouped(threads, ({ scope, worker, instance }) => [scope, worker, instance])].map((group) => [
    { scope: group[0]!.scope, worker: group[0]!.worker, instance: group[0]!.instance },
    count(group, figure),
  ]);
}

function perWorker(
  threads: readonly ThreadStatus[],
  figure: (thread: ThreadStatus) => number,
): (readonly [Labels, number])[] {
  return [...grouped(threads, ({ scope, worker }) => [scope, worker])].map((group) => [
    { scope: group[0]!.scope, worker: group[0]!.worker },
    count(group, figure),
  ]);
}

function grouped(
  threads: readonly ThreadStatus[],
  by: (thread: ThreadStatus) => readonly unknown[],
): Iterable<ThreadStatus[]> {
  const groups = new Map<string, ThreadStatus[]>();
  for (const thread of threads) {
    const key = JSON.stringify(by(thread));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thread]);
    else group.push(thread);
  }
  return groups.values();
}
