// scope.fetch: serves a Request of the Fetch standard without a socket, for frameworks that speak it and for tests.
import { type SidekickError, SidekickError as SidekickFailure } from '../errors.js';
import {
  type ExchangeReceiver,
  RESPONSE_ABORTED,
  RESPONSE_INFORMATIONAL,
  RESPONSE_LAST,
  type Switchboard,
} from '../switchboard.js';
import { fileResponse } from './files.js';
import { finalStatus, hasNoBody, isBodiless, packRequest, parseResponse, type ResponseHead } from './head.js';
import { type FirstBytes, Intake, type IntakeOwner } from './intake.js';
import { ResponseStream, type StreamOwner } from './response-stream.js';
import type { Script } from './routing.js';
import { type HttpTarget, RETRY_AFTER, statusOfFailure } from './target.js';
import type { Watched } from './watch.js';

/** Serves `request`; rejects with its signal's reason when that is aborted. */
export async function serveFetch(board: Switchboard, target: HttpTarget, request: Request): Promise<Response> {
  request.signal.throwIfAborted();
  if (target.closed !== undefined) throw target.closed;
  const url = new URL(request.url);
  const route = target.router.route(url.pathname + url.search);
  switch (route.kind) {
    case 'script':
      return new FetchExchange(board, target, route, request, url).run();
    case 'file':
      return fileResponse(target.root, route.path, request);
    case 'redirect':
      return new Response(null, { status: 308, headers: { Location: route.location } });
    case 'notFound':
      return new Response(null, { status: 404 });
    case 'badRequest':
      return new Response(null, { status: 400 });
  }
}

class FetchExchange implements ExchangeReceiver, IntakeOwner, StreamOwner, Watched {
  readonly scope: number;
  id = 0;
  since = 0;
  readonly #board: Switchboard;
  readonly #target: HttpTarget;
  readonly #script: Script;
  readonly #request: Request;
  readonly #url: URL;
  #done = false; // no event will come, or none is wanted
  #resolve: (response: Response) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #answered = false;
  #stream: ResponseStream | undefined; // of the body, when it did not come whole
  #intake: Intake | undefined;
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #paused = false;
  #goOn: (() => void) | undefined;
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
      if (this.#request.body === null) {
        this.dispatch({ spool: -1, spooled: 0, memory: undefined, more: false, length: -1 });
        return;
      }
      const announced = this.#request.headers.get('content-length');
      const length = announced === null ? -1 : Number(announced);
      this.#intake = new Intake(this.#board.native, this, length, this.#target.bodyTimeout);
      this.#readBody(this.#intake, this.#request.body).catch((error: unknown) => this.#abort(error));
    });
  }

  // --- request ---

  async #readBody(intake: Intake, body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    this.#body = reader;
    for (;;) {
      const { done, value } = await reader.read();
      if (this.#done) return; // #finish() has cancelled it
      if (done) {
        intake.end();
        return;
      }
      intake.push(value);
      if (this.#paused) {
        await new Promise<void>((resolve) => {
          this.#goOn = resolve;
        });
      }
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#goOn?.();
    this.#goOn = undefined;
  }

  onBodyDrained(): void {
    this.#intake?.onDrained();
  }

  onIdle(): void {
    this.#answerEarly(408);
  }

  dispatch(first: FirstBytes): number {
    if (this.#done) return this.id;
    this.id = this.#board.open(this);
    this.#target.watch.add(this);
    const line = {
      method: this.#request.method,
      target: this.#url.pathname + this.#url.search,
      version: '1.1',
      scheme: this.#url.protocol === 'https:' ? 'https' : 'http',
      tlsProtocol: '',
      tlsCipher: '',
      remoteAddress: '127.0.0.1',
      remotePort: '0',
    } as const;
    let headers = '';
    this.#request.headers.forEach((value, name) => {
      headers += `${name}\0${value}\0`;
    });
    // A Request has no Host header of its own, and no Content-Length for a body that was given as a stream.
    if (!this.#request.headers.has('host')) headers += `host\0${this.#url.host}\0`;
    const known = first.length >= 0 && !first.more;
    if (known && !this.#request.headers.has('content-length')) headers += `content-length\0${first.length}\0`;
    const head = packRequest(line, this.#target.root, this.#script, '', headers)!; // a Request holds no NUL
    const { worker } = this.#script;
    const { memory, more, spool, spooled } = first;
    this.#board.native.addRequest(this.scope, this.id, worker, head, memory, more, spool, spooled);
    this.#board.sendSoon();
    return this.id;
  }

  // --- response ---

  onResponse(flags: number, packedHead: string | undefined, body: string | Buffer | undefined): void {
    const last = (flags & RESPONSE_LAST) !== 0;
    if (last) this.#finish();
    if ((flags & RESPONSE_ABORTED) !== 0) {
      this.#fail(new SidekickFailure('ERR_SIDEKICK_STOPPED', 'the script ended before its response was complete'));
      return;
    }
    // A Fetch response has no informational ones before it.
    if ((flags & RESPONSE_INFORMATIONAL) !== 0) return;
    const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
    if (packedHead !== undefined && !this.#answered) {
      this.#answer(parseResponse(packedHead), last ? (bytes ?? null) : undefined);
      if (last) return;
    }
    if (!last) {
      if (bytes === undefined) return;
      if (this.#stream === undefined) this.acknowledge(bytes.length);
      else this.#stream.push(bytes);
    } else if (!this.#answered) {
      this.#fail(new SidekickFailure('ERR_SIDEKICK_STOPPED', 'the script sent no response'));
    } else if (this.#stream?.end(bytes) === false) {
      // The reader is to see that something is missing.
      this.#fail(new SidekickFailure('ERR_SIDEKICK_STOPPED', 'the response is shorter than it said'));
    }
  }

  /** `whole`: the body, when it is complete; undefined: it will be streamed. */
  #answer(head: ResponseHead, whole: Buffer | null | undefined): void {
    this.#answered = true;
    const status = finalStatus(head.status, 599);
    const bodiless = hasNoBody(this.#request.method, status);
    const length = bodiless || whole === undefined ? head.length : (whole?.length ?? 0);
    if (length >= 0 && !isBodiless(status)) head.headers.push('Content-Length', String(length));
    try {
      const headers = new Headers();
      for (let at = 0; at < head.headers.length; at += 2) headers.append(head.headers[at]!, head.headers[at + 1]!);
      let body: Buffer | ReadableStream<Uint8Array> | null = null;
      if (!bodiless && whole === undefined) {
        this.#stream = new ResponseStream(this, length, this.#target.bodyTimeout);
        body = this.#stream.readable;
      } else if (!bodiless) {
        body = whole ?? null;
      }
      this.#resolve(new Response(body as ConstructorParameters<typeof Response>[0], { status, headers }));
    } catch (error) {
      this.#giveUp(); // Response does not take what PHP has sent
      this.#fail(error);
    }
  }

  acknowledge(bytes: number): void {
    if (!this.#done) this.#board.native.acknowledge(this.id, bytes);
  }

  onCancel(reason: unknown): void {
    this.#abort(reason);
  }

  onUntaken(): void {
    this.#abort(new SidekickFailure('ERR_SIDEKICK_TIMEOUT', 'nobody has read the response for too long'));
  }

  onStopped(error: SidekickError): void {
    if (error.code === 'ERR_SIDEKICK_QUEUE_FULL') this.#answerEarly(statusOfFailure(error));
    else {
      if (this.id !== 0) this.#board.native.stopRequest(this.id);
      this.#abort(error);
    }
  }

  onWaitedOut(): void {
    this.#answerEarly(503);
  }

  onTimedOut(): void {
    this.#answerEarly(504);
  }

  /** Answers in the script's stead; once it has answered itself, its body ends in an error. */
  #answerEarly(status: number): void {
    if (this.#answered) {
      this.#abort(new SidekickFailure('ERR_SIDEKICK_TIMEOUT', 'the request took too long'));
      return;
    }
    this.#answered = true;
    const headers: Record<string, string> = status === 503 ? { 'Retry-After': RETRY_AFTER } : {};
    this.#resolve(new Response(null, { status, headers }));
    this.#giveUp();
  }

  #abort(reason: unknown): void {
    if (this.#done) return;
    this.#giveUp();
    this.#fail(reason);
  }

  #giveUp(): void {
    if (this.#done) return;
    if (this.id !== 0) this.#board.native.abort(this.id);
    this.#finish();
  }

  #fail(error: unknown): void {
    this.#stream?.fail(error);
    this.#reject(error); // without effect when answered
  }

  #finish(): void {
    this.#done = true;
    this.#target.watch.delete(this);
    if (this.id !== 0) this.#board.close(this.id);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.#stream?.stop();
    this.#intake?.stop();
    this.#body?.cancel().catch(() => {}); // its source has failed before: nobody wants to know any more
    this.resume();
  }
}
