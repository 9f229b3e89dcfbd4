// The body of a Response of scope.fetch: what PHP sends goes into a ReadableStream and is acknowledged when the reader
// has taken it. JavaScript's thread only; the exchange in fetch.ts owns it.
import { cutTo } from './head.js';

/** Response bytes that wait in the stream before they are acknowledged no more. */
const STREAM_BYTES = 128 << 10;

/** The exchange that a stream belongs to. */
export interface StreamOwner {
  /** The reader has taken so many of the bytes that PHP has sent. */
  acknowledge(bytes: number): void;
  /** The reader wants no more. */
  onCancel(reason: unknown): void;
  /** The reader has taken nothing for too long. */
  onUntaken(): void;
}

export class ResponseStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #owner: StreamOwner;
  readonly #timeout: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined; // none: the reader has cancelled
  #left: number; // bytes that still may come; -1: any number
  #given = 0; // bytes that went into the stream so far
  #owed = 0; // bytes to acknowledge when the reader has taken them
  #timer: NodeJS.Timeout | undefined; // while something is owed

  /** `length`: the body's, as announced; -1: not known. `timeout` in milliseconds; 0: no limit. */
  constructor(owner: StreamOwner, length: number, timeout: number) {
    this.#owner = owner;
    this.#left = length;
    this.#timeout = timeout;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#acknowledge(),
        cancel: (reason) => {
          this.#controller = undefined;
          owner.onCancel(reason);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: STREAM_BYTES }),
    );
  }

  push(bytes: Buffer): void {
    this.#owed += bytes.length;
    this.#enqueue(bytes);
    if ((this.#controller?.desiredSize ?? 1) > 0) this.#acknowledge();
    else if (this.#timer === undefined) this.#expectTaking(); // pull() acknowledges
  }

  /** The last bytes; false: fewer came than were announced, and nothing but fail() may follow. */
  end(bytes: Buffer | undefined): boolean {
    this.stop();
    if (bytes !== undefined) this.#enqueue(bytes);
    if (this.#left > 0) return false;
    this.#controller?.close();
    return true;
  }

  /** The reader gets `error`. */
  fail(error: unknown): void {
    this.#controller?.error(error);
  }

  /** The exchange is over: nobody waits for the reader any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** What goes over the length that was announced is cut off. */
  #enqueue(bytes: Buffer): void {
    const cut = this.#left < 0 ? bytes : cutTo(bytes, this.#left);
    if (this.#left > 0) this.#left -= cut.length;
    if (this.#controller === undefined || cut.length === 0) return;
    this.#controller.enqueue(cut);
    this.#given += cut.length;
  }

  #acknowledge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const owed = this.#owed;
    this.#owed = 0;
    if (owed > 0) this.#owner.acknowledge(owed);
  }

  /** The reader has its time to take something, and again for as long as it does. */
  #expectTaking(): void {
    if (this.#timeout === 0) return;
    const before = this.#taken();
    const look = (): void => {
      if (this.#taken() > before) this.#expectTaking();
      else this.#owner.onUntaken();
    };
    this.#timer = setTimeout(look, this.#timeout).unref();
  }

  /** Bytes that have left the stream, give or take a constant. */
  #taken(): number {
    return this.#given + (this.#controller?.desiredSize ?? 0);
  }
}
