// scope.onTask(): JavaScript serves the tasks of a name. At most `concurrency` run at a time; more wait in the name's
// queue, in native code, where their senders may still leave.
import { errorFromFailure, SidekickError } from '../errors.js';
import { packValue } from '../vars/pack.js';
import { received } from '../vars/packed.js';
import type { PhpInput, PhpValue } from '../vars/values.js';
import { LOOK, type TaskBoard, type TaskParty } from './board.js';

/** What a handler is given beside the payload. */
export interface TaskContext {
  /** Aborted when the sender leaves, or the scope is closed. */
  readonly signal: AbortSignal;
}

// biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return statement gives
type LastUpdate = object | undefined | void;

/**
 * Serves one task: an async generator, whose `yield`s are updates and whose return value is the last one, or a function
 * that returns it. Updates are arrays for PHP: objects, arrays or Maps. undefined: no update.
 */
export type TaskHandler<T extends PhpValue = PhpValue> = (
  payload: T,
  context: TaskContext,
) => AsyncGenerator<object, LastUpdate, undefined> | Promise<LastUpdate> | LastUpdate;

const SLOTS_TAKEN = Symbol('no slot');

/** A name that JavaScript serves. */
export class TaskServer implements TaskParty, Disposable {
  readonly #board: TaskBoard;
  readonly #handler: TaskHandler<never>;
  readonly #name: string;
  readonly #concurrency: number;
  readonly #onEnd: () => void;
  readonly #id: number;
  readonly #running = new Set<Serving>();
  #ended = false;

  /** @internal Throws when the name cannot be served. */
  constructor(
    board: TaskBoard,
    scope: number,
    name: string,
    handler: TaskHandler<never>,
    concurrency: number,
    onEnd: () => void,
  ) {
    this.#board = board;
    this.#name = name;
    this.#handler = handler;
    this.#concurrency = concurrency;
    this.#onEnd = onEnd;
    this.#id = board.add(this, false);
    const problem = board.native.serveTasks(scope, name, this.#id, concurrency);
    if (problem === undefined) return;
    board.remove(this.#id, false);
    throw new SidekickError('ERR_SIDEKICK_CONFIG', `onTask(): '${name}' ${problem}`);
  }

  /** Serves no more tasks: those that wait or run fail for their senders, and the running ones' signals are aborted. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#board.native.unserveTasks(this.#id);
    this.#board.remove(this.#id, false);
    for (const serving of [...this.#running]) serving.leave();
    this.#onEnd();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  onReport(kind: number): void {
    if (kind === LOOK) this.#receive();
  }

  #receive(): void {
    while (!this.#ended && this.#next() !== SLOTS_TAKEN);
  }

  #next(): unknown {
    if (this.#running.size >= this.#concurrency) return SLOTS_TAKEN;
    const serving = new Serving(this.#board, this.#name);
    const { native } = this.#board;
    const packed = native.receiveTask(this.#id, serving.id, received.sequence, received.scratch);
    if (packed === undefined || packed === null) {
      serving.forget();
      return packed === null ? undefined : SLOTS_TAKEN; // null: its sender has left, the next one may not have
    }
    const payload = received.unpack(packed);
    this.#running.add(serving);
    void serving.run(this.#handler, payload as never).then(() => {
      this.#running.delete(serving);
      this.#receive();
    });
    return undefined;
  }
}

// One task under way.
class Serving implements TaskParty {
  readonly id: number;
  readonly #board: TaskBoard;
  readonly #name: string;
  readonly #controller = new AbortController();
  #wake: () => void = () => {};
  #left = false;

  constructor(board: TaskBoard, name: string) {
    this.#board = board;
    this.#name = name;
    this.id = board.add(this, true);
  }

  forget(): void {
    this.#board.remove(this.id, true);
  }

  onReport(): void {
    if (!this.#board.native.isTaskWanted(this.id)) this.leave();
    else this.#wake();
  }

  /** Nobody waits for it any more. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#controller.abort(
      new SidekickError('ERR_SIDEKICK_TASK_ABORTED', `nobody waits for the task of '${this.#name}'`),
    );
    this.#wake();
  }

  async run(handler: TaskHandler<never>, payload: never): Promise<void> {
    const { native } = this.#board;
    try {
      const made = handler(payload, { signal: this.#controller.signal });
      const result = isGenerator(made) ? await this.#iterate(made) : await made;
      if (result !== undefined) await this.#update(result);
      native.completeTask(this.id);
    } catch (error) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      native.failTask(this.id, `the handler of '${this.#name}' in JavaScript threw: ${what}`);
    } finally {
      this.forget();
    }
  }

  async #iterate(updates: AsyncGenerator<object, LastUpdate, undefined>): Promise<object | undefined> {
    for (;;) {
      const step = await updates.next();
      if (step.done === true) return step.value as object | undefined;
      if (await this.#update(step.value)) continue;
      await updates.return(undefined); // its finally blocks run
      return undefined;
    }
  }

  /** Waits while the sender has 16 updates to read; false: nobody wants any more of them. */
  async #update(value: PhpInput): Promise<boolean> {
    const { native } = this.#board;
    const { ops, text, bytes } = packValue(value, native.maxSnapshotBytes(), 'send');
    while (!this.#left) {
      const room = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const answer = native.updateTask(this.id, ops, text, bytes);
      if (answer === 0) return true;
      if (answer === 2) return false;
      if (answer !== 1) throw errorFromFailure(answer);
      await room;
    }
    return false;
  }
}

function isGenerator(made: unknown): made is AsyncGenerator<object, LastUpdate, undefined> {
  return typeof made === 'object' && made !== null && Symbol.asyncIterator in made && 'next' in made;
}
