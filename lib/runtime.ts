// The runtime: the one embedded PHP of this process. Each successful start() is a facade with a hold of its own on it;
// PHP stops when the last hold is given back.
import { isMainThread } from 'node:worker_threads';
import type { RuntimeStatus } from './binding.js';
import { SidekickError } from './errors.js';
import { type FileWatch, watchWorkers } from './file-watch.js';
import { metricsText } from './metrics.js';
import { type NormalizedRuntime, normalizeRuntime, type RuntimeOptions } from './options/runtime.js';
import { normalizeScope, type ScopeOptions } from './options/scope.js';
import { normalizeRun, type RunOptions } from './options/script.js';
import { type NormalizedWorker, toNativeWorker } from './options/worker.js';
import { type Manifest, manifestOf, Scope } from './scope.js';
import { ScriptRun } from './script.js';
import { type Switchboard, stoppedError, switchboard } from './switchboard.js';

/** Milliseconds that scripts of other holders' scopes have to end by themselves when the runtime stops. */
const STOP_GRACE = 30_000;

let exitHandled = false;

/**
 * The embedded PHP of this process.
 *
 * @example
 * await using php = await Runtime.start();
 * const app = await php.createScope({ root: 'public' });
 */
export class Runtime implements AsyncDisposable {
  readonly #board: Switchboard;
  readonly #scopes = new Set<Scope>();
  readonly #runs = new Set<Pick<ScriptRun, 'stop' | 'then'>>();
  #fileWatches: readonly FileWatch[] = [];
  #stopping: Promise<void> | undefined;

  private constructor(board: Switchboard) {
    this.#board = board;
  }

  /**
   * Starts PHP, or joins the one that runs in this process already (another worker_thread's too).
   * @throws SidekickError `ERR_SIDEKICK_CONFIG` for a wrong option, or options other than the running one's;
   *   `ERR_SIDEKICK_NATIVE` when the addon cannot be loaded or PHP cannot start; `ERR_SIDEKICK_BOOT_FAILED` when a
   *   worker of `workers` does not boot.
   */
  static async start(options: RuntimeOptions = {}): Promise<Runtime> {
    const warnings: string[] = [];
    const normalized = normalizeRuntime(options, (message) => warnings.push(message));
    const board = switchboard();
    const before = board.logger;
    if (normalized.logger !== undefined) board.logger = normalized.logger;
    for (const message of warnings) board.logger.warn({}, message);
    stopBeforeExit(board);
    try {
      await board.operation((op) => startNative(board, op, normalized));
    } catch (error) {
      board.logger = before; // of the runtime that runs, if one does
      throw error;
    }
    board.native.started();
    const runtime = new Runtime(board);
    await runtime.#watchFiles(normalized.workers);
    return runtime;
  }

  /** Of the runtime's own workers, for all who have joined it. */
  async #watchFiles(workers: readonly NormalizedWorker[]): Promise<void> {
    if (workers.every(({ watch }) => watch.length === 0)) return;
    const { native, logger } = this.#board;
    const scope = native.takeGlobalScope();
    if (scope === undefined) return;
    const restart = async (name: string): Promise<void> => {
      await this.#board.operation((op) => native.restart(scope, op, [name]));
    };
    this.#fileWatches = watchWorkers(workers, logger, restart);
    await Promise.all(this.#fileWatches.map(({ ready }) => ready));
  }

  /** PHP's version, as `8.4.22`. */
  get phpVersion(): string {
    return this.#board.native.phpVersion();
  }

  /** Threads, workers and snapshots at this moment. */
  status(): RuntimeStatus {
    return this.#board.native.status();
  }

  /** What {@link status} tells and the counters beside it, as Prometheus text (docs/metrics.md names them all). */
  metrics(): string {
    return metricsText(this.status());
  }

  /**
   * Opens a scope and starts its eager workers; resolves when they are ready, or `startTimeout` has passed.
   * @throws SidekickError `ERR_SIDEKICK_CONFIG`, naming worker and option; `ERR_SIDEKICK_BOOT_FAILED` when an eager
   *   worker does not boot; `ERR_SIDEKICK_STOPPED`.
   */
  async createScope(options: ScopeOptions = {}): Promise<Scope> {
    this.#assertRunning();
    const { native, logger } = this.#board;
    const normalized = normalizeScope(options, (message) => logger.warn({}, message));
    const { name, root, env, workers, jsVars, maxQueue, startTimeout, stopTimeout, restartTimeout } = normalized;
    if (native.findScope(name) !== undefined) {
      throw new SidekickError('ERR_SIDEKICK_CONFIG', `createScope(): name '${name}' is taken by a scope that is open`);
    }
    const manifest = manifestOf(normalized);
    let scope: Scope | undefined;
    try {
      await this.#board.operation((op) => {
        const handle = native.createScope(
          op,
          name,
          root,
          env,
          workers.map(toNativeWorker),
          jsVars,
          maxQueue,
          startTimeout,
          stopTimeout,
          restartTimeout,
          JSON.stringify(manifest),
        );
        scope = new Scope(this.#board, handle, manifest, true);
        scope.watchFiles(workers);
      });
    } catch (error) {
      scope?.abandon();
      throw error;
    }
    const opened = scope!;
    await opened.watching();
    if (this.#stopping !== undefined) {
      await opened.close();
      throw stoppedError('the PHP runtime');
    }
    opened.opened();
    this.#scopes.add(opened);
    return opened;
  }

  /**
   * Runs a script once, as on a command line: `PHP_SAPI` is `cli`, its streams are its own, opcache is off for it
   * (docs/scripts.md). It gets a thread of its own as soon as one of `scriptThreads` is free. Resolves when the script
   * has ended, whatever its exit code; its output is collected, or streamed to who reads `stdout` and `stderr` of what
   * this returns.
   * @throws SidekickError `ERR_SIDEKICK_CONFIG` at once for a wrong argument. The run rejects with
   *   `ERR_SIDEKICK_OUTPUT_LIMIT`, `ERR_SIDEKICK_STOPPED`, or the reason of the signal that was aborted.
   */
  run(script: string, options: RunOptions & { readonly encoding: 'buffer' }): ScriptRun<Buffer>;
  run(script: string, options?: RunOptions): ScriptRun;
  run(script: string, options: RunOptions = {}): ScriptRun<never> {
    this.#assertRunning();
    const run = new ScriptRun<never>(this.#board, normalizeRun(script, options));
    this.#runs.add(run);
    const forget = (): void => void this.#runs.delete(run);
    run.then(forget, forget);
    return run;
  }

  /** An open scope by name, one that another worker_thread created too; undefined when there is none. */
  scope(name: string): Scope | undefined {
    this.#assertRunning();
    const found = this.#board.native.findScope(name);
    for (const scope of this.#scopes) {
      if (scope.name !== name || !scope.isOpen) continue;
      if (scope.isOwner || scope.handle === found?.[0]) return scope;
      // The thread that opened it has closed it, or has ended.
      scope.markClosed();
      this.#scopes.delete(scope);
    }
    if (found === undefined) return undefined;
    const scope = new Scope(this.#board, found[0], JSON.parse(found[1]) as Manifest, false);
    this.#scopes.add(scope);
    return scope;
  }

  /** Open scopes that declare workers keep the event loop alive: the default. */
  ref(): this {
    this.#board.reference(true);
    return this;
  }

  /** Open scopes no longer keep the event loop alive; requests and waits under way do. */
  unref(): this {
    this.#board.reference(false);
    return this;
  }

  /**
   * Closes the scopes opened through this object and gives back its hold; the last one stops PHP. Resolves when that
   * is done; calling it again waits for the same.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const { native } = this.#board;
    await Promise.all(this.#fileWatches.map((watch) => watch.close()));
    await this.#stopRuns();
    await Promise.all([...this.#scopes].filter((scope) => scope.isOwner).map((scope) => scope.close()));
    await this.#board.operation((op) => native.stop(op, STOP_GRACE));
    if (native.status().state !== 'running') this.#board.stopExchanges(undefined, stoppedError('the PHP runtime'));
  }

  /** Scripts have the same time to end by themselves as workers have. */
  async #stopRuns(): Promise<void> {
    const runs = [...this.#runs];
    if (runs.length === 0) return;
    const timer = setTimeout(() => {
      for (const run of runs) run.stop(stoppedError('the PHP runtime'));
    }, STOP_GRACE);
    await Promise.allSettled(runs);
    clearTimeout(timer);
  }

  #assertRunning(): void {
    if (this.#stopping !== undefined) throw stoppedError('the PHP runtime');
  }
}

function startNative(board: Switchboard, operation: number, options: NormalizedRuntime): void {
  const { threads, maxThreads, iniFile, iniEntries, maxSnapshotBytes } = options;
  const { budget, budgetPerInstance, opcacheRestartTimeout, scriptThreads } = options;
  const workers = options.workers.map(toNativeWorker);
  const env: string[] = [];
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env.push(name, value);
  const { logger: _, ...compared } = options;
  board.native.start(
    operation,
    threads,
    maxThreads,
    iniFile,
    iniEntries,
    env,
    maxSnapshotBytes,
    budget,
    budgetPerInstance,
    opcacheRestartTimeout,
    scriptThreads,
    workers,
    JSON.stringify(compared),
  );
}

/**
 * process.exit() runs no Node-API cleanup on the main thread, and PHP must be stopped before the process's static
 * destructors run. A worker_thread needs nothing of the kind: its end tears its environment down.
 */
function stopBeforeExit(board: Switchboard): void {
  if (exitHandled || !isMainThread) return;
  exitHandled = true;
  process.on('exit', () => board.native.stopForExit());
}
