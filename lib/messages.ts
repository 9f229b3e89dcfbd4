// scope.sendMessage(): a value to an HTTP worker, whose answer comes back. It waits in the worker's queue among its
// requests, and is an exchange as they are.
import { errorFromFailure, type NativeFailure, SidekickError } from './errors.js';
import type { ExchangeReceiver, Switchboard } from './switchboard.js';
import { packInList } from './vars/pack.js';
import { received } from './vars/packed.js';
import type { PhpValue } from './vars/values.js';

const ANSWER = 16; // flags of a response, as in native/core/port.h

/** Sends `value` to the HTTP worker with the number `worker`; `what` is how messages call it. */
export function sendMessage(
  board: Switchboard,
  scope: number,
  worker: number,
  what: string,
  value: unknown,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<PhpValue> {
  const { ops, text, bytes } = packInList(value, board.native.maxSnapshotBytes());
  return new Promise((resolve, reject) => {
    const message = new Message(board, scope, what, resolve, reject, timeout, signal);
    board.sendNow(); // in order among the worker's requests
    const failure = board.native.sendMessage(scope, message.id, worker, ops, text, bytes);
    if (failure !== undefined) message.onStopped(errorFromFailure(failure));
  });
}

class Message implements ExchangeReceiver {
  readonly scope: number;
  readonly id: number;
  readonly #board: Switchboard;
  readonly #resolve: (value: PhpValue) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#leave(this.#signal!.reason);

  constructor(
    board: Switchboard,
    scope: number,
    what: string,
    resolve: (value: PhpValue) => void,
    reject: (reason: unknown) => void,
    timeout: number,
    signal: AbortSignal | undefined,
  ) {
    this.scope = scope;
    this.#board = board;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.id = board.open(this);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(() => {
      this.#leave(new SidekickError('ERR_SIDEKICK_TIMEOUT', `${what} has not answered within ${timeout} ms`));
    }, timeout);
  }

  onResponse(flags: number, _head: string | undefined, body: unknown): void {
    this.#end();
    if ((flags & ANSWER) !== 0) {
      const packed = this.#board.native.takeAnswer(this.id, received.sequence, received.scratch);
      this.#resolve((received.unpack(packed!) as readonly PhpValue[])[0]!);
    } else if (body !== undefined) {
      this.#reject(errorFromFailure(body as NativeFailure));
    } else {
      this.#reject(new SidekickError('ERR_SIDEKICK_STOPPED', 'the worker was stopped before it took the message'));
    }
  }

  onBodyDrained(): void {}

  onStopped(error: SidekickError): void {
    this.#leave(error);
  }

  /** Whether the callback runs already or not: nobody waits for what it returns. */
  #leave(reason: unknown): void {
    this.#board.native.abort(this.id);
    this.#end();
    this.#reject(reason);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#board.close(this.id);
  }
}
