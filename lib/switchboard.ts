// Where the addon's events arrive in this JavaScript environment and who gets each of them: promises of operations,
// exchanges, watchers of vars, scopes. It also decides whether the event loop stays alive: while an operation or an
// exchange is under way, and, unless unref()ed, while a scope that declares workers is open (contract J09).
import { binding } from './binding.js';
import { errorFromFailure, type NativeFailure, SidekickError } from './errors.js';
import { type LogFields, type Logger, type LogLabel, logAt, logLine, stderrLogger } from './logger.js';

/** Takes what PHP sends for one exchange; see Event in native/core/port.h. */
export interface ExchangeReceiver {
  /** The scope it belongs to. */
  readonly scope: number;
  /** `flags`: 1 a head is there, 2 nothing follows, 4 the script died before it was complete,
   * 8 the head is an informational one. */
  onResponse(flags: number, head: string | undefined, body: string | Buffer | undefined): void;
  /** PHP wants more of the request body. */
  onBodyDrained(): void;
  /** No answer will come: the scope or the runtime has stopped. */
  onStopped(error: SidekickError): void;
}

/** What an event of a worker's life is about. */
export interface WorkerEvent extends LogFields {
  readonly scope: string;
  readonly worker: string;
  readonly instance: number;
  readonly generation: number;
  readonly failure?: NativeFailure;
}

export const RESPONSE_LAST = 2;
export const RESPONSE_ABORTED = 4;
export const RESPONSE_INFORMATIONAL = 8;

const STRIDE = 5;
const MOST_UNSENT = 16;
const INDEX_BITS = 20;
const INDEX_MASK = (1 << INDEX_BITS) - 1;

// Event kinds, in the order of EventKind in native/core/port.h.
const DONE = 0;
const FAILED = 1;
const RESPONSE = 2;
const BODY_DRAINED = 3;
const VARS_CHANGED = 4;
const WORKER = 5;
const LOG = 6;
const TASK = 7;
const SCRIPT = 8;

interface Operation {
  readonly resolve: (result: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export class Switchboard {
  readonly native = binding();
  logger: Logger = stderrLogger;

  /** Called when something about tasks is to be looked at. */
  onTasks: () => void = () => {};

  readonly #operations = new Map<number, Operation>();
  #nextOperation = 1;
  readonly #receivers: (ExchangeReceiver | undefined)[] = [];
  readonly #ids: number[] = []; // of the exchange that has, or last had, each place
  readonly #free: number[] = [];
  readonly #draining = new Set<() => void>(); // those who wait in drained()
  readonly #watchers = new Map<number, () => void>();
  #nextWatcher = 1;
  readonly #scripts = new Map<number, (streams: number) => void>();
  readonly #scopes = new Map<string, (event: string, detail: WorkerEvent) => void>();

  #unsent = 0; // requests
  #pending = 0; // operations and exchanges
  #openScopes = 0; // those that declare workers
  #referenced = true;
  #alive = false;

  constructor() {
    this.native.connect((batch) => this.#deliver(batch));
  }

  /**
   * Runs `begin` with a new operation number; settles when its event comes. An aborted signal rejects with the
   * signal's reason, and what native code answers later is ignored.
   */
  operation(begin: (operation: number) => void, signal?: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const id = this.#nextOperation++;
      if (this.#nextOperation > 0xffff_ffff) this.#nextOperation = 1;
      let settle: Operation = { resolve, reject };
      if (signal) {
        const onAbort = (): void => {
          if (this.#operations.delete(id)) this.#add(-1);
          reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        const cleanup = (): void => signal.removeEventListener('abort', onAbort);
        settle = {
          resolve: (result) => {
            cleanup();
            resolve(result);
          },
          reject: (error) => {
            cleanup();
            reject(error);
          },
        };
      }
      this.#operations.set(id, settle);
      this.#add(1);
      try {
        begin(id);
      } catch (error) {
        if (this.#operations.delete(id)) this.#add(-1);
        settle.reject(error);
      }
    });
  }

  /** A new exchange's id. Each one is closed by close(), once. */
  open(receiver: ExchangeReceiver): number {
    const index = this.#free.pop() ?? this.#receivers.length;
    // The upper bits count the uses of the place: see kExchangeIndexMask in native/node/environment.h.
    const next = (((this.#ids[index] ?? index) + (1 << INDEX_BITS)) & 0xffff_ffff) >>> 0;
    const id = next === 0 ? 1 << INDEX_BITS : next; // 0 stands for none
    this.#ids[index] = id;
    this.#receivers[index] = receiver;
    this.#add(1);
    return id;
  }

  /** Nobody listens to this exchange any more; its place can be taken by another. */
  close(id: number): void {
    const index = id & INDEX_MASK;
    if (this.#ids[index] !== id || this.#receivers[index] === undefined) return;
    this.#receivers[index] = undefined;
    this.#free.push(index);
    this.#add(-1);
    for (const look of this.#draining) look();
  }

  /**
   * PHP has the requests that were added to native code by the end of this turn of the event loop: one crossing, and
   * one thread that is woken, for all that the loop has read. Those that come first do not wait for many.
   */
  sendSoon(): void {
    if (++this.#unsent === 1) setImmediate(this.#send);
    else if (this.#unsent === MOST_UNSENT) this.#send();
  }

  /** What is sent otherwise must not overtake requests that were added before. */
  sendNow(): void {
    if (this.#unsent > 0) this.#send();
  }

  readonly #send = (): void => {
    this.#unsent = 0;
    const failures = this.native.sendRequests();
    if (failures === undefined) return;
    for (let at = 0; at < failures.length; at += 2) {
      const id = failures[at] as number;
      if (this.#ids[id & INDEX_MASK] !== id) continue;
      this.#receivers[id & INDEX_MASK]?.onStopped(errorFromFailure(failures[at + 1] as NativeFailure));
    }
  };

  /** Resolves when no exchange of `scope` is under way, or after `timeout` milliseconds. */
  drained(scope: number, timeout: number): Promise<void> {
    if (!this.#isBusy(scope)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#draining.delete(look);
        resolve();
      };
      const look = (): void => {
        if (!this.#isBusy(scope)) done();
      };
      const timer = setTimeout(done, timeout);
      this.#draining.add(look);
    });
  }

  #isBusy(scope: number): boolean {
    return this.#receivers.some((receiver) => receiver?.scope === scope);
  }

  /** Tells every exchange of `scope` (undefined: of all scopes) that no answer will come. */
  stopExchanges(scope: number | undefined, error: SidekickError): void {
    for (const receiver of [...this.#receivers]) {
      if (receiver !== undefined && (scope === undefined || receiver.scope === scope)) receiver.onStopped(error);
    }
  }

  /** The id to give to native watchSlot(); `changed` may be called any number of times until removeWatcher(). */
  addWatcher(changed: () => void): number {
    const id = this.#nextWatcher++;
    this.#watchers.set(id, changed);
    return id;
  }

  removeWatcher(id: number): void {
    this.#watchers.delete(id);
  }

  /** What the script that `operation` runs has for JavaScript goes to `listener`; see Event in native/core/port.h. */
  addScript(operation: number, listener: (streams: number) => void): void {
    this.#scripts.set(operation, listener);
  }

  removeScript(operation: number): void {
    this.#scripts.delete(operation);
  }

  /** Worker events of the scope named `name` go to `listener`. */
  addScope(name: string, listener: (event: string, detail: WorkerEvent) => void): void {
    this.#scopes.set(name, listener);
  }

  /** Unless another has the name meanwhile: a scope that closes gives it back at once. */
  removeScope(name: string, listener: (event: string, detail: WorkerEvent) => void): void {
    if (this.#scopes.get(name) === listener) this.#scopes.delete(name);
  }

  /** Counts the open scopes that declare workers. */
  countScope(change: 1 | -1): void {
    this.#openScopes += change;
    this.#update();
  }

  /** Whether open scopes keep the event loop alive. */
  reference(referenced: boolean): void {
    this.#referenced = referenced;
    this.#update();
  }

  /** Something is under way that the event loop must not end before. */
  hold(): void {
    this.#add(1);
  }

  release(): void {
    this.#add(-1);
  }

  #add(change: 1 | -1): void {
    this.#pending += change;
    this.#update();
  }

  #update(): void {
    const alive = this.#pending > 0 || (this.#referenced && this.#openScopes > 0);
    if (alive === this.#alive) return;
    this.#alive = alive;
    this.native.keepAlive(alive);
  }

  #deliver(batch: readonly unknown[]): void {
    for (let place = 0; place < batch.length; place += STRIDE) {
      try {
        this.#deliverOne(batch, place);
      } catch (error) {
        // One receiver's exception must not cost the others their events.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #deliverOne(batch: readonly unknown[], place: number): void {
    const id = batch[place + 1] as number;
    const flags = batch[place + 2] as number;
    switch (batch[place]) {
      case RESPONSE: {
        const index = id & INDEX_MASK;
        if (this.#ids[index] !== id) return; // the exchange was aborted while this was under way
        const receiver = this.#receivers[index];
        receiver?.onResponse(
          flags,
          batch[place + 3] as string | undefined,
          batch[place + 4] as string | Buffer | undefined,
        );
        return;
      }
      case BODY_DRAINED: {
        const index = id & INDEX_MASK;
        if (this.#ids[index] === id) this.#receivers[index]?.onBodyDrained();
        return;
      }
      case VARS_CHANGED:
        this.#watchers.get(id)?.();
        return;
      case DONE:
        this.#settle(id)?.resolve(batch[place + 3] as string | undefined);
        return;
      case FAILED:
        this.#settle(id)?.reject(errorFromFailure(batch[place + 4] as NativeFailure));
        return;
      case WORKER:
        this.#deliverWorker(batch[place + 3] as string, flags, batch[place + 4] as WorkerEvent);
        return;
      case TASK:
        this.onTasks();
        return;
      case SCRIPT:
        this.#scripts.get(id)?.(flags);
        return;
      case LOG:
        logLine(this.logger, flags, batch[place + 4] as LogLabel | undefined, batch[place + 3] as string | undefined);
        return;
    }
  }

  #settle(id: number): Operation | undefined {
    const operation = this.#operations.get(id);
    if (operation === undefined) return undefined;
    this.#operations.delete(id);
    this.#add(-1);
    return operation;
  }

  #deliverWorker(event: string, level: number, detail: WorkerEvent): void {
    const { failure, ...label } = detail;
    if (failure === undefined) {
      logAt(this.logger, level, { event: `worker:${event}`, ...label }, `worker '${label.worker}': ${event}`);
    } else {
      const { message, exitStatus, lastError } = failure;
      logAt(this.logger, level, { event: `worker:${event}`, ...label, exitStatus, lastError }, message);
    }
    this.#scopes.get(detail.scope)?.(event, detail);
  }
}

let shared: Switchboard | undefined;

/**
 * This JavaScript environment's switchboard; loads the addon.
 * @throws SidekickError `ERR_SIDEKICK_NATIVE` when the addon cannot be loaded.
 */
export function switchboard(): Switchboard {
  shared ??= new Switchboard();
  return shared;
}

/** The error for whatever is used after it was closed. */
export function stoppedError(what: string): SidekickError {
  return new SidekickError('ERR_SIDEKICK_STOPPED', `${what} is closed`);
}
