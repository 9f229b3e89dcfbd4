// scope.fetch: serves a Request of the Fetch standard without a socket, for frameworks that speak it and for tests.
import { errorFromFailure, type SidekickError, SidekickError as SidekickFailure } from '../errors.js';
import { type ExchangeReceiver, RESPONSE_ABORTED, RESPONSE_LAST, type Switchboard } from '../switchboard.js';
import { hasNoBody, packRequest, parseResponse, type ResponseHead } from './head.js';
import type { Script } from './routing.js';
import { GATHER_BYTES, type HttpTarget, RETRY_AFTER, statusOfFailure } from './target.js';

/** Serves `request`; rejects with its signal's reason when that is aborted. */
export async function serveFetch(board: Switchboard, target: HttpTarget, request: Request): Promise<Response> {
  request.signal.throwIfAborted();
  if (target.closed !== undefined) throw target.closed;
  const url = new URL(request.url);
  const route = target.router.route(url.pathname + url.search);
  if (route.kind === 'redirect') return new Response(null, { status: 308, headers: { Location: route.location } });
  if (route.kind !== 'script') return new Response(null, { status: route.kind === 'notFound' ? 404 : 400 });
  return new FetchExchange(board, target, route, request, url).run();
}

class FetchExchange implements ExchangeReceiver {
  readonly scope: number;
  readonly #board: Switchboard;
  readonly #target: HttpTarget;
  readonly #script: Script;
  readonly #request: Request;
  readonly #url: URL;
  #id = 0;
  #done = false;
  #resolve: (response: Response) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #answered = false;
  #bodiless = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #owed = 0;
  #drained: (() => void) | undefined;
  readonly #onAbort = (): void => this.#abort(this.#request.signal.reason);

  constructor(board: Switchboard, target: HttpTarget, script: Script, request: Request, url: URL) {
    this.scope = target.scope;
    this.#board = board;
    this.#target = target;
    this.#script = script;
    this.#request = request;
    this.#url = url;
  }

  run(): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#request.signal.addEventListener('abort', this.#onAbort, { once: true });
      if (this.#request.body === null) this.#dispatch(undefined, false, undefined);
      else this.#sendBody(this.#request.body).catch((error: unknown) => this.#abort(error));
    });
  }

  async #sendBody(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const gathered: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (this.#done) return void reader.cancel();
      if (done) {
        this.#dispatch(Buffer.concat(gathered), false, bytes);
        return;
      }
      gathered.push(value);
      bytes += value.length;
      if (bytes >= GATHER_BYTES) break;
    }
    this.#dispatch(Buffer.concat(gathered), true, undefined);
    for (;;) {
      const { done, value } = await reader.read();
      if (this.#done) return void reader.cancel();
      if (done) {
        this.#board.native.endBody(this.#id);
        return;
      }
      if (this.#board.native.pushBody(this.#id, value)) continue;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      if (this.#done) return void reader.cancel();
    }
  }

  #dispatch(body: Buffer | undefined, more: boolean, length: number | undefined): void {
    if (this.#done) return;
    this.#id = this.#board.open(this);
    const line = {
      method: this.#request.method,
      target: this.#url.pathname + this.#url.search,
      version: '1.1',
      scheme: this.#url.protocol === 'https:' ? 'https' : 'http',
      remoteAddress: '127.0.0.1',
      remotePort: '0',
    } as const;
    let headers = '';
    this.#request.headers.forEach((value, name) => {
      headers += `${name}\0${value}\0`;
    });
    // A Request has no Host header of its own, and no Content-Length for a body that was given as a stream.
    if (!this.#request.headers.has('host')) headers += `host\0${this.#url.host}\0`;
    if (length !== undefined && !this.#request.headers.has('content-length')) headers += `content-length\0${length}\0`;
    const head = packRequest(line, this.#target.root, this.#script, headers);
    const sent = body !== undefined && body.length > 0 ? body : undefined;
    const failure = this.#board.native.dispatch(this.scope, this.#id, this.#script.worker, head, sent, more);
    if (failure !== undefined) this.onStopped(errorFromFailure(failure));
  }

  onBodyDrained(): void {
    this.#drained?.();
    this.#drained = undefined;
  }

  onResponse(flags: number, packedHead: string | undefined, body: string | Buffer | undefined): void {
    const last = (flags & RESPONSE_LAST) !== 0;
    if (last) this.#finish();
    if ((flags & RESPONSE_ABORTED) !== 0) {
      this.#fail(new SidekickFailure('ERR_SIDEKICK_STOPPED', 'the script ended before its response was complete'));
      return;
    }
    const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
    if (packedHead !== undefined && !this.#answered) {
      this.#answer(parseResponse(packedHead), last ? (bytes ?? null) : undefined);
      if (last) return;
    }
    if (bytes !== undefined && !last) this.#push(bytes);
    if (!last) return;
    if (!this.#answered) this.#fail(new SidekickFailure('ERR_SIDEKICK_STOPPED', 'the script sent no response'));
    else {
      if (bytes !== undefined && !this.#bodiless) this.#stream?.enqueue(bytes);
      this.#stream?.close();
    }
  }

  /** `whole`: the body, when it is complete; undefined: it will be streamed. */
  #answer(head: ResponseHead, whole: Buffer | null | undefined): void {
    this.#answered = true;
    this.#bodiless = hasNoBody(this.#request.method, head.status);
    const headers = new Headers();
    for (let at = 0; at < head.headers.length; at += 2) headers.append(head.headers[at]!, head.headers[at + 1]!);
    let body: Buffer | ReadableStream<Uint8Array> | null = null;
    if (!this.#bodiless) body = whole === undefined ? this.#openStream() : whole;
    try {
      this.#resolve(new Response(body as ConstructorParameters<typeof Response>[0], { status: head.status, headers }));
    } catch (error) {
      this.#abort(error); // a status that Response does not know (600 and above)
    }
  }

  #openStream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller;
        },
        pull: () => {
          const owed = this.#owed;
          this.#owed = 0;
          if (owed > 0 && !this.#done) this.#board.native.acknowledge(this.#id, owed);
        },
        cancel: (reason) => {
          this.#stream = undefined;
          this.#abort(reason);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: GATHER_BYTES }),
    );
  }

  #push(bytes: Buffer): void {
    if (this.#bodiless || this.#stream === undefined) {
      this.#board.native.acknowledge(this.#id, bytes.length);
      return;
    }
    this.#owed += bytes.length;
    this.#stream.enqueue(bytes);
    if ((this.#stream.desiredSize ?? 0) <= 0) return; // pull() acknowledges
    this.#board.native.acknowledge(this.#id, this.#owed);
    this.#owed = 0;
  }

  onStopped(error: SidekickError): void {
    if (this.#id !== 0) this.#board.native.abort(this.#id);
    this.#finish();
    if (error.code === 'ERR_SIDEKICK_QUEUE_FULL' && !this.#answered) {
      this.#answered = true;
      this.#resolve(new Response(null, { status: statusOfFailure(error), headers: { 'Retry-After': RETRY_AFTER } }));
      return;
    }
    this.#fail(error);
  }

  #abort(reason: unknown): void {
    if (this.#done) return;
    if (this.#id !== 0) this.#board.native.abort(this.#id);
    this.#finish();
    this.#fail(reason);
  }

  #fail(error: unknown): void {
    if (this.#answered) this.#stream?.error(error);
    this.#reject(error); // without effect when answered
  }

  #finish(): void {
    this.#done = true;
    this.#board.close(this.#id);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.onBodyDrained();
  }
}
