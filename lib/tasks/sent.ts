// scope.sendTask(): one task on its way to a worker, and what comes back.
import { errorFromFailure, type NativeFailure, SidekickError } from '../errors.js';
import type { PackedPublish } from '../vars/pack.js';
import { received } from '../vars/packed.js';
import type { PhpValue } from '../vars/values.js';
import { DONE, DONE_EMPTY, FAILED, LOOK, type Outgoing, type TaskBoard } from './board.js';

type Outcome = { readonly value: PhpValue | null } | { readonly error: unknown };

/**
 * A task that was sent. Iterate over it for its updates, in order, no faster than the loop takes them; leaving the loop
 * cancels the task. Or await `result` alone, which takes the updates as they come. The iteration is the task's one
 * reader: there is one, whoever it belongs to.
 */
export class SentTask<T extends PhpValue = PhpValue> implements AsyncIterable<T> {
  readonly #board: TaskBoard;
  readonly #outgoing: Sending;

  /** @internal */
  constructor(board: TaskBoard, name: number, packed: PackedPublish, timeout: number, signal: AbortSignal | undefined) {
    this.#board = board;
    this.#outgoing = new Sending(board, name, packed, timeout, signal);
    if (this.#outgoing.outcome === undefined) board.send(this.#outgoing);
  }

  /**
   * The last update, null when there was none, once the worker has ended the task.
   * Rejects with `ERR_SIDEKICK_TASK_ABORTED` when the worker left the task unfinished or the iteration was left early,
   * with what else became of the task, or with the reason of the signal.
   */
  get result(): Promise<T | null> {
    return this.#outgoing.result() as Promise<T | null>;
  }

  /** Nobody wants it any more; the worker is told. What is awaited rejects with `ERR_SIDEKICK_TASK_ABORTED`. */
  cancel(): void {
    this.#outgoing.leave(cancelled());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const task = this.#outgoing;
    const { native } = this.#board;
    task.isRead = true;
    try {
      for (;;) {
        if (task.outcome !== undefined) {
          if ('error' in task.outcome) throw task.outcome.error;
          return;
        }
        const news = task.news(); // asked for first: what comes after the look is not missed
        const read = task.isSent ? native.readTask(task.id, received.sequence, received.scratch) : undefined;
        if (read === undefined) await news;
        else if (read === null) task.end({ value: task.last });
        else if (typeof read === 'object' && 'code' in read)
          task.end({ error: errorFromFailure(read as NativeFailure) });
        else {
          task.last = received.unpack(read);
          yield task.last as T;
        }
      }
    } finally {
      task.leave(cancelled());
    }
  }
}

function cancelled(): SidekickError {
  return new SidekickError('ERR_SIDEKICK_TASK_ABORTED', 'the task was cancelled by its sender');
}

// The task's state, apart from what users hold: the board keeps it while it is under way.
class Sending implements Outgoing {
  readonly id: number;
  readonly name: number;
  readonly packed: PackedPublish;
  readonly timeout: number;
  isRead = false; // somebody iterates
  last: PhpValue | null = null;
  outcome: Outcome | undefined;
  readonly #board: TaskBoard;
  readonly #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  #result: Promise<PhpValue | null> | undefined;
  #resolve: (value: PhpValue | null) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #wake: (() => void) | undefined;
  #isConsumed = false;

  constructor(board: TaskBoard, name: number, packed: PackedPublish, timeout: number, signal: AbortSignal | undefined) {
    this.#board = board;
    this.name = name;
    this.packed = packed;
    this.timeout = timeout;
    this.#signal = signal;
    this.id = board.add(this, true);
    if (signal === undefined) return;
    if (signal.aborted) {
      this.end({ error: signal.reason });
      return;
    }
    this.#onAbort = () => this.leave(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Asked when the task is sent, and only then. */
  get isConsumed(): boolean {
    this.isSent = true;
    return this.#isConsumed;
  }

  isSent = false;

  result(): Promise<PhpValue | null> {
    if (this.#result !== undefined) return this.#result;
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.outcome !== undefined) this.#settle(this.outcome);
    else if (!this.isRead) {
      this.#isConsumed = true;
      if (this.isSent) {
        this.#board.native.consumeTask(this.id);
        this.#board.lookSoon();
      }
    }
    return this.#result;
  }

  news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  onReport(kind: number, value: unknown): void {
    switch (kind) {
      case LOOK:
        this.#wake?.();
        return;
      case DONE:
        this.end({ value: value as PhpValue });
        return;
      case DONE_EMPTY:
        this.end({ value: null });
        return;
      case FAILED:
        this.end({ error: value });
        return;
    }
  }

  /** The sender has no use for it any more. */
  leave(reason: unknown): void {
    if (this.outcome !== undefined) return;
    if (!this.#board.unsend(this)) this.#board.native.cancelTask(this.id);
    this.end({ error: reason });
  }

  end(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.#board.remove(this.id, true);
    if (this.#onAbort !== undefined) this.#signal!.removeEventListener('abort', this.#onAbort);
    this.#wake?.();
    if (this.#result !== undefined) this.#settle(outcome);
  }

  #settle(outcome: Outcome): void {
    if ('error' in outcome) this.#reject(outcome.error);
    else this.#resolve(outcome.value);
  }
}
