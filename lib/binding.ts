// The only file that touches the native addon: finds it, loads it, and says in TypeScript what it exports
// (native/node/*_calls.cpp). Everything is checked before it gets here; native code expects complete, positional
// arguments.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NativeFailure, SidekickError } from './errors.js';

/** A native worker, as native/node/scope_calls.cpp takes it. */
export type NativeWorker = readonly [
  file: string,
  name: string,
  background: boolean,
  num: number,
  maxThreads: number,
  maxConsecutiveFailures: number,
  maxRequests: number,
  recycle: boolean,
  taskQueue: number,
  env: readonly string[],
  args: readonly string[],
];

/**
 * What native code has of a snapshot for one who knows what was sent before (native/core/packed_value.h). `true` stands
 * for ops that are in the scratch buffer, on its own for those and nothing else.
 */
export type PackedSnapshot =
  | true
  | readonly [ops: Int32Array | true, newText: string, text: string, bytes?: Uint8Array];

/** One PHP thread, as status() shows it. */
export interface ThreadStatus {
  readonly kind: 'classic' | 'http' | 'background' | 'script';
  /** The scope's name; '' for classic threads and those of scripts, and for the runtime's own workers. */
  readonly scope: string;
  readonly worker: string;
  /** Number of the instance in its pool, from 0. */
  readonly instance: number;
  readonly state: 'booting' | 'ready' | 'draining' | 'backoff' | 'ended' | 'abandoned';
  /** When it got into that state: milliseconds as of Date.now(). */
  readonly since: number;
  /** Serving a request at this moment. */
  readonly busy: boolean;
  /** Runs of the script so far. */
  readonly generation: number;
  /** Requests served so far. */
  readonly requests: number;
  readonly memoryBytes: number;
  /** Superseded snapshots of vars that the script still holds, and their bytes. */
  readonly supersededSnapshots: number;
  readonly supersededBytes: number;
  /** Versions of vars that were copied for its scripts, because their budget for superseded ones was used up. */
  readonly copiedReads: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly lastError: { readonly message: string; readonly file: string; readonly line: number } | null;
}

/** The tasks of one name of a scope: what there is now, and what has become of those before. */
export interface TaskStatus {
  readonly scope: string;
  readonly worker: string;
  /** Accepted, and not received yet; `taskQueue` is how many that may be. */
  readonly waiting: number;
  /** Whose senders wait for a place. */
  readonly unaccepted: number;
  /** Received, and not ended. */
  readonly running: number;
  readonly completed: number;
  /** Ended otherwise: the worker exited, crashed or was stopped. */
  readonly aborted: number;
  /** Whose sender left first. */
  readonly abandoned: number;
  /** That found no place in time. */
  readonly timedOut: number;
}

/** The threads that run one worker, classic requests, or scripts. */
export interface PoolStatus {
  readonly kind: 'classic' | 'http' | 'background' | 'script';
  /** The scope's name; '' for the pools that serve all scopes. */
  readonly scope: string;
  readonly worker: string;
  /** Threads that it has now, but for those that end. */
  readonly threads: number;
  readonly minThreads: number;
  readonly maxThreads: number;
  /** Requests that wait for one of its threads. */
  readonly waiting: number;
}

/** What `runtime.status()` returns. */
export interface RuntimeStatus {
  readonly state: 'idle' | 'starting' | 'running' | 'stopping' | 'unusable';
  readonly threads: readonly ThreadStatus[];
  /** One for the classic threads, one for each worker that runs, one for scripts when there were any. */
  readonly pools: readonly PoolStatus[];
  /** By scope and name, of names that a task was sent to or that a background worker has. */
  readonly tasks: readonly TaskStatus[];
  /** Classic requests that wait for a thread. */
  readonly classicWaiting: number;
  /** Threads that could not be stopped. */
  readonly abandonedThreads: number;
  readonly vars: {
    /** Of the snapshots in service. */
    readonly currentBytes: number;
    /** Snapshots that were superseded and that scripts still hold; each counted once, whoever holds it. */
    readonly supersededSnapshots: number;
    /** What those cost beyond the current ones. */
    readonly supersededBytes: number;
  };
  readonly opcache: OpcacheStatus;
}

/** opcache's memory and restarts (docs/opcache.md); all 0 when it is off. */
export interface OpcacheStatus {
  /** Restarts so far: each emptied the cache, while no script ran. */
  readonly restarts: number;
  /** A restart is wanted: it waits for scripts to leave, or for its next try. */
  readonly waiting: boolean;
  /** Restarts that were put off because a script did not leave within `opcache.restartTimeout`. */
  readonly failedAttempts: number;
  /** Calls of opcache_reset() so far: each discarded every script. */
  readonly resets: number;
  readonly memoryBytes: number;
  /** Of discarded scripts; a restart regains them. */
  readonly wastedBytes: number;
  readonly freeBytes: number;
  /** Nothing more fits in: what is not in it is compiled at each include. */
  readonly full: boolean;
}

/** The addon's exports. Operations answer by an event with the number given as `operation`. */
export interface NativeAddon {
  connect(onEvents: (batch: readonly unknown[]) => void): void;
  keepAlive(alive: boolean): void;
  start(
    operation: number,
    threads: number,
    maxThreads: number,
    iniFile: string,
    iniEntries: string,
    env: readonly string[],
    maxSnapshotBytes: number,
    budget: number,
    budgetPerInstance: number,
    opcacheRestartTimeout: number,
    scriptThreads: number,
    workers: readonly NativeWorker[],
    optionsKey: string,
  ): void;
  started(): void;
  stop(operation: number, grace: number): void;
  stopForExit(): void;
  phpVersion(): string;
  status(): RuntimeStatus;

  createScope(
    operation: number,
    name: string,
    root: string,
    env: readonly string[],
    workers: readonly NativeWorker[],
    jsVars: readonly string[],
    maxQueue: number,
    startTimeout: number,
    stopTimeout: number,
    restartTimeout: number,
    manifest: string,
  ): number;
  takeGlobalScope(): number | undefined;
  findScope(name: string): readonly [scope: number, manifest: string] | undefined;
  closeScope(scope: number, operation: number): void;
  restart(scope: number, operation: number, names: readonly string[]): void;
  demand(scope: number, operation: number, names: readonly string[], published: boolean, timeout: number): void;

  addRequest(
    scope: number,
    exchange: number,
    worker: number,
    packedHead: string,
    body: Uint8Array | undefined,
    more: boolean,
    spool: number,
    spooled: number,
  ): void;
  /** [exchange, failure, …] */
  sendRequests(): (number | NativeFailure)[] | undefined;
  withdraw(exchange: number): boolean;
  servedFor(exchange: number): number;
  stopRequest(exchange: number): void;
  pushBody(exchange: number, bytes: Uint8Array): boolean;
  endBody(exchange: number): void;
  abort(exchange: number): void;
  acknowledge(exchange: number, bytes: number): void;

  runScript(operation: number, file: string, args: readonly string[], env: readonly string[], cwd: string): void;
  pushInput(operation: number, bytes: Uint8Array): boolean;
  endInput(operation: number): void;
  /** undefined: nothing now; null: nothing any more. */
  takeOutput(operation: number, stream: number): Buffer | undefined | null;
  closeOutput(operation: number, stream: number): void;
  releaseScript(operation: number): void;

  sendMessage(
    scope: number,
    exchange: number,
    worker: number,
    ops: Int32Array,
    text: string,
    bytes: Uint8Array,
  ): NativeFailure | undefined;
  takeAnswer(exchange: number, sequence: number, scratch: Int32Array): PackedSnapshot | undefined;

  taskName(scope: number, name: string): number;
  sendTasks(
    words: Int32Array,
    count: number,
    text: string,
    units: number,
    bytes: Uint8Array,
  ): readonly unknown[] | undefined;
  lookAtTasks(
    sequence: number,
    scratch: Int32Array,
  ): readonly [packed: PackedSnapshot, ...failures: NativeFailure[]] | undefined;
  consumeTask(task: number): void;
  readTask(task: number, sequence: number, scratch: Int32Array): PackedSnapshot | NativeFailure | undefined | null;
  cancelTask(task: number): void;
  serveTasks(scope: number, name: string, listener: number, places: number): string | undefined;
  unserveTasks(listener: number): void;
  receiveTask(listener: number, task: number, sequence: number, scratch: Int32Array): PackedSnapshot | undefined | null;
  updateTask(task: number, ops: Int32Array, text: string, bytes: Uint8Array): 0 | 1 | 2 | NativeFailure;
  isTaskWanted(task: number): boolean;
  completeTask(task: number): void;
  failTask(task: number, message: string): void;

  findSlot(scope: number, name: string, make: boolean): number;
  slotWord(slot: number): Float64Array | undefined;
  slotVersion(slot: number): number;
  readSlot(slot: number, sequence: number, scratch: Int32Array): PackedSnapshot | undefined;
  publishSlot(slot: number, ops: Int32Array, text: string, bytes: Uint8Array): NativeFailure | undefined;
  maxSnapshotBytes(): number;
  /** false: the scope is closed, nothing will ever come */
  watchSlot(slot: number, id: number): boolean;
  unwatchSlot(slot: number, id: number): void;
}

/** What binding.ts needs to know of the machine; a parameter so that tests can pretend to be on another. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  readonly glibc: boolean;
}

const MINIMUM_NODE = [20, 9] as const;

function thisHost(): Host {
  const { platform, arch } = process;
  const [gnu, musl] =
    arch === 'x64'
      ? ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-musl-x86_64.so.1']
      : ['/lib/ld-linux-aarch64.so.1', '/lib/ld-musl-aarch64.so.1'];
  // By the loaders that are there: process.report knows for sure, but takes milliseconds.
  const glibc = platform === 'linux' && (existsSync(gnu) || !existsSync(musl));
  return { platform, arch, nodeVersion: process.versions.node, glibc };
}

/** Throws `ERR_SIDEKICK_NATIVE` unless the addon can run on `host`. */
export function checkHost(host: Host): void {
  const [major = 0, minor = 0] = host.nodeVersion.split('.').map(Number);
  if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
    throw new SidekickError(
      'ERR_SIDEKICK_NATIVE',
      `php-sidekick needs Node.js ${MINIMUM_NODE.join('.')} or later, this is ${host.nodeVersion}: upgrade Node.js`,
    );
  }
  if (host.platform !== 'linux' || (host.arch !== 'x64' && host.arch !== 'arm64') || !host.glibc) {
    const libc = host.platform === 'linux' && !host.glibc ? ' with a C library other than glibc' : '';
    throw new SidekickError(
      'ERR_SIDEKICK_NATIVE',
      `php-sidekick does not run on ${host.platform} ${host.arch}${libc}: use Linux with glibc on x64 or arm64`,
    );
  }
}

let loaded: NativeAddon | undefined;

/**
 * The native addon, loaded once per JavaScript environment.
 * @throws SidekickError `ERR_SIDEKICK_NATIVE` when it cannot be, saying what to run.
 */
export function binding(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  checkHost(thisHost());
  const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
  const require = createRequire(import.meta.url);
  const advice = existsSync(join(packageRoot, 'CMakeLists.txt'))
    ? 'run `npm run setup` in the php-sidekick checkout'
    : 'reinstall php-sidekick';
  let file: string;
  try {
    file = (require('node-gyp-build') as { path(dir: string): string }).path(packageRoot);
  } catch (cause) {
    throw new SidekickError(
      'ERR_SIDEKICK_NATIVE',
      `php-sidekick's native addon for ${process.platform} ${process.arch} is missing: ${advice}`,
      { cause },
    );
  }
  if (!existsSync(join(dirname(file), 'libphp.so'))) {
    throw new SidekickError('ERR_SIDEKICK_NATIVE', `libphp.so is missing beside ${file}: ${advice}`);
  }
  try {
    return require(file) as NativeAddon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SidekickError(
      'ERR_SIDEKICK_NATIVE',
      `php-sidekick's native addon cannot be loaded (${reason}): ${advice}`,
      {
        cause,
      },
    );
  }
}
