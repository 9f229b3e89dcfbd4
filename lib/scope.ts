// A scope is one application: document root, environment, workers, shared vars. Its workers' lives are decided in
// native code; this is the handle.
import { EventEmitter } from 'node:events';
import { errorFromFailure, SidekickError as Failure, type SidekickError } from './errors.js';
import { type FileWatch, watchWorkers } from './file-watch.js';
import { serveFetch } from './http/fetch.js';
import { createListener, type Listener } from './http/listener.js';
import { type RoutedWorker, Router } from './http/routing.js';
import type { HttpTarget } from './http/target.js';
import { Watch } from './http/watch.js';
import { sendMessage } from './messages.js';
import { describe, integer, subject } from './options/check.js';
import type { NormalizedScope } from './options/scope.js';
import type { NormalizedWorker } from './options/worker.js';
import { type Switchboard, stoppedError, type WorkerEvent } from './switchboard.js';
import { taskBoard } from './tasks/board.js';
import { SentTask } from './tasks/sent.js';
import { type TaskHandler, TaskServer } from './tasks/served.js';
import { packValue } from './vars/pack.js';
import type { PhpInput, PhpValue } from './vars/values.js';
import { timeoutOf, Vars, type VarsHost, type WaitOptions } from './vars.js';

/** What the `worker:…` events of a scope tell. */
export interface WorkerLife {
  /** The worker's name. */
  readonly worker: string;
  /** Number of the instance in its pool, from 0. */
  readonly instance: number;
  /** Runs of the script by this instance so far. */
  readonly generation: number;
  /** `worker:crash` and `worker:failed`: the script's exit status. */
  readonly exitStatus?: number;
  /** `worker:crash` and `worker:failed`: what happened; `.lastError` is what PHP said. */
  readonly error?: SidekickError;
}

/** What {@link Scope.restart} takes. */
export interface RestartOptions {
  /** Aborting it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Events of a {@link Scope}. `worker:failed`: a worker was given up, or a thread cannot be stopped. */
export interface ScopeEvents {
  'worker:start': [WorkerLife];
  'worker:ready': [WorkerLife];
  'worker:exit': [WorkerLife];
  'worker:crash': [WorkerLife];
  'worker:failed': [WorkerLife];
}

interface NamedWorker extends RoutedWorker {
  readonly name: string;
}

/** What another JavaScript thread needs to use a scope; crosses as JSON. */
export interface Manifest {
  readonly name: string;
  readonly root: string;
  readonly index: readonly string[];
  readonly splitPath: readonly string[];
  readonly staticFiles: boolean;
  readonly httpWorkers: readonly NamedWorker[];
  readonly hasWorkers: boolean;
  readonly workerNames: readonly string[];
  readonly jsVars: readonly string[];
  /** Milliseconds. */
  readonly stopTimeout: number;
  /** Milliseconds; 0: no limit. */
  readonly bodyTimeout: number;
  readonly maxWaitTime: number;
  readonly requestTimeout: number;
}

export function manifestOf(options: NormalizedScope): Manifest {
  const { name, root, index, splitPath, staticFiles, workers, jsVars, stopTimeout } = options;
  const { bodyTimeout, maxWaitTime, requestTimeout } = options;
  const httpWorkers = workers.flatMap(({ name: workerName, file, background, match }, at) =>
    background ? [] : [{ name: workerName, file, index: at, match }],
  );
  return {
    name,
    root,
    index,
    splitPath,
    staticFiles,
    httpWorkers,
    hasWorkers: workers.length > 0,
    workerNames: workers.map((worker) => worker.name),
    jsVars,
    stopTimeout,
    bodyTimeout,
    maxWaitTime,
    requestTimeout,
  };
}

// Milliseconds that requests past their grace have at most, once the workers stop, before they are stopped too: half of
// the workers' grace, so that none answers with what PHP prints about being forced.
const ANSWER_TIME = 500;

const EVENTS = new Set(['start', 'ready', 'exit', 'crash', 'failed']);

/** One application; made by `runtime.createScope()`. */
export class Scope extends EventEmitter<ScopeEvents> implements AsyncDisposable {
  /** Label in logs and metrics. */
  readonly name: string;
  /** Serves requests of node:http, node:https, node:http2's compatibility layer and what builds on them. */
  readonly listener: Listener;

  /** @internal */
  readonly isOwner: boolean;
  /** @internal The native scope. */
  readonly handle: number;
  readonly #board: Switchboard;
  readonly #manifest: Manifest;
  readonly #target: HttpTarget;
  readonly #vars = new Map<string, Vars<never>>();
  readonly #varsHost: VarsHost;
  readonly #onClosed = new Set<() => void>();
  #fileWatches: readonly FileWatch[] = [];
  readonly #taskNames = new Map<string, number>(); // as native code calls them
  #counted = false;
  #closing: Promise<void> | undefined;

  /** @internal `handle` is the native one; `isOwner`: created by this JavaScript thread. */
  constructor(board: Switchboard, handle: number, manifest: Manifest, isOwner: boolean) {
    super();
    this.name = manifest.name;
    this.#board = board;
    this.handle = handle;
    this.#manifest = manifest;
    this.isOwner = isOwner;
    const { root, index, splitPath, staticFiles, httpWorkers, bodyTimeout } = manifest;
    const router = new Router({ root, index, splitPath, staticFiles, workers: httpWorkers });
    const watch = new Watch(board.native, manifest.maxWaitTime, manifest.requestTimeout);
    this.#target = { scope: handle, root, router, watch, bodyTimeout, closed: undefined };
    this.listener = createListener(board, this.#target);
    const target = this.#target;
    this.#varsHost = {
      handle,
      name: manifest.name,
      jsVars: manifest.jsVars,
      get closed() {
        return target.closed !== undefined;
      },
      onClosed: (callback) => {
        this.#onClosed.add(callback);
        return () => this.#onClosed.delete(callback);
      },
    };
    if (isOwner) board.addScope(this.name, this.#deliver);
  }

  /** @internal */
  get isOpen(): boolean {
    return this.#target.closed === undefined;
  }

  /** @internal From now on the scope keeps the event loop alive, if it declares workers. */
  opened(): void {
    this.#counted = this.#manifest.hasWorkers;
    if (this.#counted) this.#board.countScope(1);
  }

  /** @internal Restarts workers with `watch` when their files change. */
  watchFiles(workers: readonly NormalizedWorker[]): void {
    this.#fileWatches = watchWorkers(workers, this.#board.logger, (name) => this.#restart([name], undefined));
  }

  /** @internal Resolves when changes of files are seen. */
  async watching(): Promise<void> {
    await Promise.all(this.#fileWatches.map(({ ready }) => ready));
  }

  /**
   * Serves a request without a socket. A full queue answers 503.
   * @throws SidekickError `ERR_SIDEKICK_STOPPED`; the request's signal's reason when that is aborted.
   */
  fetch(request: Request): Promise<Response> {
    return serveFetch(this.#board, this.#target, request);
  }

  /**
   * The shared vars of a background worker, or of a name in `jsVars`; the same handle at each call.
   * @throws SidekickError `ERR_SIDEKICK_UNKNOWN_WORKER` when the scope declares no such name and no catch-all.
   */
  vars<T extends PhpValue = PhpValue>(name: string): Vars<T> {
    checkName(name, 'vars()');
    let vars = this.#vars.get(name) as Vars<T> | undefined;
    if (vars === undefined) {
      vars = new Vars<T>(this.#board, this.#varsHost, name);
      this.#vars.set(name, vars as unknown as Vars<never>);
    }
    return vars;
  }

  /**
   * Starts each named background worker that is not running, and waits until all are ready.
   * @throws SidekickError `ERR_SIDEKICK_UNKNOWN_WORKER`, `ERR_SIDEKICK_BOOT_FAILED`, `ERR_SIDEKICK_TIMEOUT`,
   *   `ERR_SIDEKICK_STOPPED`, or `ERR_SIDEKICK_CONFIG` for names that cannot be one.
   */
  async ensure(names: string | readonly string[], options: WaitOptions = {}): Promise<void> {
    const list = checkNames(names, 'ensure()');
    const timeout = timeoutOf(options, 'ensure()');
    if (this.#target.closed !== undefined) throw this.#target.closed;
    const { native } = this.#board;
    await this.#board.operation((op) => native.demand(this.handle, op, list, false, timeout), options.signal);
  }

  /**
   * Runs the scripts of the scope's workers anew, or of those named, with the code that their files hold now; resolves
   * when all are ready again. Requests are served meanwhile: one instance after the other leaves (of large pools, a
   * quarter at a time), and of an HTTP worker's only instance a successor is ready before it does. A script that has
   * not left after `restartTimeout` is stopped by force. A named worker that does not run is not started.
   *
   * Aborting the signal ends the wait, not the restart.
   *
   * @throws SidekickError `ERR_SIDEKICK_BOOT_FAILED` when the new code does not boot (instances not restarted yet go on
   *   with the old), `ERR_SIDEKICK_TIMEOUT` when an HTTP worker is not ready within `startTimeout`,
   *   `ERR_SIDEKICK_UNKNOWN_WORKER`, `ERR_SIDEKICK_STOPPED`, or `ERR_SIDEKICK_CONFIG` for names that cannot be one.
   */
  async restart(names?: string | readonly string[], options: RestartOptions = {}): Promise<void> {
    await this.#restart(names === undefined ? [] : checkNames(names, 'restart()'), options.signal);
  }

  /** '' stands for the catch-all: every name that it hosts. */
  async #restart(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (this.#target.closed !== undefined) throw this.#target.closed;
    const { native } = this.#board;
    await this.#board.operation((op) => native.restart(this.handle, op, names), signal);
  }

  /**
   * Hands `value` to an HTTP worker: it becomes the argument of the callback of its frankenphp_handle_request(), and the
   * promise is what that returns. Values cross as vars do (docs/messages.md). Waits in line with the worker's requests.
   * Past `timeout`, or when `signal` is aborted, nobody waits any more; a callback that runs already goes on.
   * @throws SidekickError `ERR_SIDEKICK_UNKNOWN_WORKER` for a name that no HTTP worker of the scope has;
   *   `ERR_SIDEKICK_TASK_ABORTED` when the callback throws, or the worker ends in it (`.lastError` is what PHP said);
   *   `ERR_SIDEKICK_VALUE`, `ERR_SIDEKICK_TIMEOUT`, `ERR_SIDEKICK_QUEUE_FULL`, `ERR_SIDEKICK_STOPPED`.
   */
  async sendMessage(name: string, value: PhpInput, options: WaitOptions = {}): Promise<PhpValue> {
    checkName(name, 'sendMessage()');
    const timeout = timeoutOf(options, 'sendMessage()');
    options.signal?.throwIfAborted();
    const worker = this.#manifest.httpWorkers.find((each) => each.name === name);
    if (worker === undefined) {
      throw new Failure('ERR_SIDEKICK_UNKNOWN_WORKER', `scope '${this.name}': no HTTP worker has the name '${name}'`);
    }
    if (this.#target.closed !== undefined) throw this.#target.closed;
    return sendMessage(this.#board, this.handle, worker.index, `worker '${name}'`, value, timeout, options.signal);
  }

  /**
   * Sends a task to the background worker `name`, starting it if need be. `payload` is an array for PHP: an object, an
   * array or a Map. `timeout`: milliseconds until the worker's queue must have taken it (docs/tasks.md).
   * @throws SidekickError `ERR_SIDEKICK_VALUE` with `.path`, `ERR_SIDEKICK_CONFIG`, `ERR_SIDEKICK_STOPPED`, at once. The
   *   task ends with `ERR_SIDEKICK_TASK_ABORTED`, `ERR_SIDEKICK_TIMEOUT`, `ERR_SIDEKICK_UNKNOWN_WORKER`,
   *   `ERR_SIDEKICK_BOOT_FAILED`, `ERR_SIDEKICK_STOPPED`, or the reason of the signal.
   */
  sendTask<T extends PhpValue = PhpValue>(name: string, payload: object, options: WaitOptions = {}): SentTask<T> {
    let number = this.#taskNames.get(name);
    if (number === undefined) {
      checkName(name, 'sendTask()');
      number = this.#board.native.taskName(this.handle, name);
      this.#taskNames.set(name, number);
    }
    const timeout = timeoutOf(options, 'sendTask()');
    if (this.#target.closed !== undefined) throw this.#target.closed;
    const packed = packValue(payload, this.#board.native.maxSnapshotBytes(), 'send');
    return new SentTask<T>(taskBoard(this.#board), number, packed, timeout, options.signal);
  }

  /**
   * Serves the tasks that PHP (or JavaScript) sends to `name`, until the scope is closed or the server is ended; at most
   * `concurrency` (default 1) at a time.
   * @throws SidekickError `ERR_SIDEKICK_CONFIG` for a name that a worker of the scope has, or that is served already;
   *   `ERR_SIDEKICK_STOPPED`.
   */
  onTask<T extends PhpValue = PhpValue>(
    name: string,
    handler: TaskHandler<T>,
    options: { readonly concurrency?: number } = {},
  ): TaskServer {
    checkName(name, 'onTask()');
    if (typeof handler !== 'function') {
      throw new Failure('ERR_SIDEKICK_CONFIG', `onTask(): the handler must be a function, not ${describe(handler)}`);
    }
    const concurrency = integer(subject(options, 'onTask()', ['concurrency']), 'concurrency', 1, 1, 0xffff);
    if (this.#manifest.workerNames.includes(name)) {
      throw new Failure('ERR_SIDEKICK_CONFIG', `onTask(): '${name}' is the name of a worker of scope '${this.name}'`);
    }
    if (this.#target.closed !== undefined) throw this.#target.closed;
    const end = (): void => server.end();
    const server: TaskServer = new TaskServer(
      taskBoard(this.#board),
      this.handle,
      name,
      handler as TaskHandler<never>,
      concurrency,
      () => this.#onClosed.delete(end),
    );
    this.#onClosed.add(end);
    return server;
  }

  /**
   * Takes no new requests, lets those under way finish within `stopTimeout` and stops what is left of them by force;
   * then drains the workers, within another `stopTimeout`, likewise. Calling it again waits for the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.markClosed();
    // Requests first: scripts that serve them may still need the background workers.
    await this.#board.drained(this.handle, this.#manifest.stopTimeout);
    try {
      const closed = this.#board.operation((op) => this.#board.native.closeScope(this.handle, op));
      // After the drain has begun: a worker that is made to leave its request is not run again. Scripts that only waited
      // for a background worker have been told that it stops, and may answer yet.
      await this.#board.drained(this.handle, Math.min(ANSWER_TIME, this.#manifest.stopTimeout / 2));
      this.#board.stopExchanges(this.handle, stoppedError(`scope '${this.name}'`));
      await closed;
    } finally {
      this.#forget();
    }
  }

  /** @internal It did not come to be. */
  abandon(): void {
    this.markClosed();
    this.#forget();
  }

  /** @internal Nothing new is accepted; what iterates over vars ends. */
  markClosed(): void {
    if (this.#target.closed !== undefined) return;
    this.#target.closed = stoppedError(`scope '${this.name}'`);
    if (this.#counted) this.#board.countScope(-1);
    this.#counted = false;
    for (const callback of [...this.#onClosed]) callback();
    for (const watch of this.#fileWatches) void watch.close();
  }

  #forget(): void {
    if (this.isOwner) this.#board.removeScope(this.name, this.#deliver);
  }

  readonly #deliver = (event: string, detail: WorkerEvent): void => {
    if (!EVENTS.has(event)) return;
    const { worker, instance, generation, failure } = detail;
    const life: WorkerLife =
      failure === undefined
        ? { worker, instance, generation }
        : { worker, instance, generation, exitStatus: failure.exitStatus, error: errorFromFailure(failure) };
    this.emit(`worker:${event}` as keyof ScopeEvents, life);
  };
}

function checkNames(names: string | readonly string[], label: string): readonly string[] {
  const list = typeof names === 'string' ? [names] : names;
  if (!Array.isArray(list) || list.length === 0) {
    throw new Failure(
      'ERR_SIDEKICK_CONFIG',
      `${label}: names must be a name or an array of names, not ${describe(names)}`,
    );
  }
  for (const name of list as readonly unknown[]) checkName(name, label);
  if (new Set(list).size !== list.length) throw new Failure('ERR_SIDEKICK_CONFIG', `${label}: a name is given twice`);
  return list;
}

function checkName(name: unknown, label: string): asserts name is string {
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    throw new Failure(
      'ERR_SIDEKICK_CONFIG',
      `${label}: a worker's name must be a filled string, not ${describe(name)}`,
    );
  }
}
