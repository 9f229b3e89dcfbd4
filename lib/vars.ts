// scope.vars(name): what a background worker publishes, seen from JavaScript. Reading an unchanged value compares one
// number in memory shared with native code (the slot's version word) and makes no native call.

import { SidekickError } from './errors.js';
import { describe } from './options/check.js';
import { type Switchboard, stoppedError } from './switchboard.js';
import { packValue } from './vars/pack.js';
import { SnapshotReader } from './vars/packed.js';
import type { PhpValue, PublishableVars } from './vars/values.js';

/** What an operation that waits takes. */
export interface WaitOptions {
  /** Milliseconds to wait before failing with `ERR_SIDEKICK_TIMEOUT`. Default: 30000. */
  readonly timeout?: number;
  /** Aborting it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The timeout to use, checked. */
export function timeoutOf(options: WaitOptions, label: string): number {
  const timeout = options.timeout ?? 30_000;
  if (typeof timeout !== 'number' || !(timeout >= 0 && timeout <= 0x7fff_ffff)) {
    throw new SidekickError(
      'ERR_SIDEKICK_CONFIG',
      `${label}: timeout must be milliseconds from 0 to ${0x7fff_ffff}, not ${describe(timeout)}`,
    );
  }
  return Math.ceil(timeout);
}

/** What vars need of their scope. */
export interface VarsHost {
  /** Native handle. */
  readonly handle: number;
  readonly name: string;
  readonly closed: boolean;
  /** The names that JavaScript publishes. */
  readonly jsVars: readonly string[];
  /** Calls back when the scope is closed; returns how to stop that. */
  onClosed(callback: () => void): () => void;
}

const NO_SLOT = -1; // nobody has asked for the name yet
const UNKNOWN = -2;

/** The shared vars of one name: of a background worker, or of JavaScript's own. `T` is what you know its value to be. */
export class Vars<T extends PhpValue = PhpValue> implements AsyncIterable<T> {
  readonly name: string;
  readonly #board: Switchboard;
  readonly #host: VarsHost;
  #slot = NO_SLOT;
  #word: Float64Array | undefined;
  readonly #reader = new SnapshotReader();
  #seen = 0; // version of #value
  #value: T | undefined;

  /** @internal */
  constructor(board: Switchboard, host: VarsHost, name: string) {
    this.name = name;
    this.#board = board;
    this.#host = host;
    this.#attach(false);
  }

  /**
   * The published value, deeply frozen, the same object until the next publish; undefined before the first. A pure
   * read: it starts nothing.
   */
  get current(): T | undefined {
    const word = this.#word;
    return word !== undefined && word[0] === this.#seen ? this.#value : this.#refresh();
  }

  /** Counts the publishes that changed the value; 0 before the first. */
  get version(): number {
    if (this.#word !== undefined) return this.#word[0]!;
    return this.#attach(false) ? this.#board.native.slotVersion(this.#slot) : 0;
  }

  /**
   * Starts the worker if it is not running, and waits for its first publish.
   * @throws SidekickError `ERR_SIDEKICK_TIMEOUT`, `ERR_SIDEKICK_BOOT_FAILED`, `ERR_SIDEKICK_UNKNOWN_WORKER`,
   *   `ERR_SIDEKICK_STOPPED`.
   */
  async ready(options: WaitOptions = {}): Promise<void> {
    const timeout = timeoutOf(options, `vars('${this.name}').ready()`);
    options.signal?.throwIfAborted();
    if (this.#host.closed) throw stoppedError(`scope '${this.#host.name}'`);
    if (this.version > 0) return;
    const { native } = this.#board;
    await this.#board.operation(
      (op) => native.demand(this.#host.handle, op, [this.name], true, timeout),
      options.signal,
    );
  }

  /**
   * Publishes a value for all threads, PHP's and JavaScript's; what `.current` gave can be published as it is. The same
   * value again changes nothing. The snapshot outlives this JavaScript thread.
   * @throws SidekickError `ERR_SIDEKICK_VALUE` with `.path` for what PHP cannot have, and the last value stays;
   *   `ERR_SIDEKICK_CONFIG` for a name that is not in the scope's `jsVars`; `ERR_SIDEKICK_STOPPED`.
   */
  publish(value: PublishableVars): void {
    const { native } = this.#board;
    if (!this.#host.jsVars.includes(this.name)) {
      throw new SidekickError(
        'ERR_SIDEKICK_CONFIG',
        `vars('${this.name}').publish(): '${this.name}' is not in jsVars of scope '${this.#host.name}'`,
      );
    }
    const { ops, text, bytes } = packValue(value, native.maxSnapshotBytes());
    if (this.#host.closed) throw stoppedError(`scope '${this.#host.name}'`); // a getter may have closed it
    this.#attach(true);
    const failure = native.publishSlot(this.#slot, ops, text, bytes);
    if (failure !== undefined) {
      throw new SidekickError(failure.code, `cannot publish: ${failure.message}`, { path: '' });
    }
  }

  /**
   * The current value, if there is one, then one turn per publish seen: a slow loop skips what was superseded
   * meanwhile. Starts nothing; ends when the scope is closed.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let seen = 0;
    let wake = (): void => {};
    const { native } = this.#board;
    const watcher = this.#board.addWatcher(() => wake());
    const stopListening = this.#host.onClosed(() => wake());
    this.#attach(true);
    try {
      while (!this.#host.closed) {
        // Armed first, looked at after: a publish in between is not missed.
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (!native.watchSlot(this.#slot, watcher)) return; // another JavaScript thread has closed the scope
        if (this.version === seen) await changed;
        else native.unwatchSlot(this.#slot, watcher);
        const value = this.current;
        if (value === undefined || this.#seen === seen) continue;
        seen = this.#seen;
        yield value;
      }
    } finally {
      native.unwatchSlot(this.#slot, watcher);
      this.#board.removeWatcher(watcher);
      stopListening();
    }
  }

  #refresh(): T | undefined {
    if (!this.#attach(false)) return undefined;
    if (this.#word === undefined && this.#board.native.slotVersion(this.#slot) === this.#seen) return this.#value;
    const value = this.#reader.read(this.#board.native, this.#slot);
    if (value === undefined) return undefined;
    if (this.#reader.version !== this.#seen) {
      this.#value = value as T;
      this.#seen = this.#reader.version;
    }
    return this.#value;
  }

  /** Finds the name's slot, which a catch-all's names get when they are first asked for (or here, with `make`). */
  #attach(make: boolean): boolean {
    if (this.#slot >= 0) return true;
    const slot = this.#board.native.findSlot(this.#host.handle, this.name, make);
    if (slot === UNKNOWN) {
      throw new SidekickError(
        'ERR_SIDEKICK_UNKNOWN_WORKER',
        `scope '${this.#host.name}': no background worker configured for name '${this.name}'`,
      );
    }
    if (slot === NO_SLOT) return false;
    this.#slot = slot;
    this.#word = this.#board.native.slotWord(slot);
    return true;
  }
}
