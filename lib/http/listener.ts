// scope.listener: serves requests of node:http, node:https and node:http2's compatibility layer. One object per
// request and no closures: this is the path that decides how many requests a second there are.
//
//   request ──► gather (short) body ──► dispatch ──► PHP
//   response ◄── head + body in one write, or parts as PHP flushes them; `drain` acknowledges what was held back
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorFromFailure, type SidekickError } from '../errors.js';
import { type ExchangeReceiver, RESPONSE_ABORTED, RESPONSE_LAST, type Switchboard } from '../switchboard.js';
import { hasNoBody, packRequest, parseResponse, type RequestLine, type ResponseHead } from './head.js';
import type { Script } from './routing.js';
import { GATHER_BYTES, type HttpTarget, RETRY_AFTER, statusOfFailure } from './target.js';

/** A request handler for `http.createServer()` and everything that takes one. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export function createListener(board: Switchboard, target: HttpTarget): Listener {
  return (request, response) => {
    if (target.closed !== undefined) {
      refuse(response, statusOfFailure(target.closed));
      return;
    }
    const route = target.router.route(request.url ?? '/');
    if (route.kind !== 'script') {
      if (route.kind === 'redirect') response.setHeader('Location', route.location);
      refuse(response, route.kind === 'redirect' ? 308 : route.kind === 'notFound' ? 404 : 400);
      return;
    }
    new ListenerExchange(board, target, route, request, response).begin();
  };
}

function refuse(response: ServerResponse, status: number): void {
  if (status === 503) response.setHeader('Retry-After', RETRY_AFTER);
  response.statusCode = status;
  response.setHeader('Content-Length', '0');
  response.end();
}

const HTTP2_INTERNAL_ERROR = 2;
const EXCHANGE = Symbol('php-sidekick exchange');

type Served = ServerResponse & { [EXCHANGE]?: ListenerExchange };
type Sending = IncomingMessage & { [EXCHANGE]?: ListenerExchange };

// Shared by all requests; `this` is the response or request.
function onResponseClose(this: Served): void {
  this[EXCHANGE]?.onClose();
}
function onResponseDrain(this: Served): void {
  this[EXCHANGE]?.onDrain();
}
function onRequestData(this: Sending, chunk: Buffer): void {
  this[EXCHANGE]?.onData(chunk);
}
function onRequestEnd(this: Sending): void {
  this[EXCHANGE]?.onEnd();
}

class ListenerExchange implements ExchangeReceiver {
  readonly scope: number;
  readonly #board: Switchboard;
  readonly #target: HttpTarget;
  readonly #script: Script;
  readonly #request: Sending;
  readonly #response: Served;
  #id = 0;
  #done = false;
  #headSent = false;
  #gathered: Buffer[] | undefined; // request bytes that wait for dispatch()
  #gatheredBytes = 0;
  #owed = 0; // response bytes to acknowledge when the client has taken them

  constructor(board: Switchboard, target: HttpTarget, script: Script, request: Sending, response: Served) {
    this.scope = target.scope;
    this.#board = board;
    this.#target = target;
    this.#script = script;
    this.#request = request;
    this.#response = response;
  }

  begin(): void {
    this.#response[EXCHANGE] = this;
    this.#response.on('close', onResponseClose);
    const { headers } = this.#request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined && !this.#isHttp2()) {
      this.#dispatch(undefined, false);
      return;
    }
    if (headers['content-length'] === '0') {
      this.#dispatch(undefined, false);
      return;
    }
    this.#gathered = [];
    this.#request[EXCHANGE] = this;
    this.#request.on('data', onRequestData);
    this.#request.on('end', onRequestEnd);
  }

  #isHttp2(): boolean {
    return this.#request.httpVersionMajor >= 2;
  }

  #dispatch(body: Buffer | undefined, more: boolean): void {
    this.#gathered = undefined;
    this.#id = this.#board.open(this);
    const head = packRequest(requestLine(this.#request), this.#target.root, this.#script, packHeaders(this.#request));
    const failure = this.#board.native.dispatch(this.scope, this.#id, this.#script.worker, head, body, more);
    if (failure !== undefined) this.onStopped(errorFromFailure(failure));
  }

  // --- request body ---

  onData(chunk: Buffer): void {
    if (this.#done) return; // answered already; Node reads the rest away
    if (this.#gathered === undefined) {
      if (!this.#board.native.pushBody(this.#id, chunk)) this.#request.pause();
      return;
    }
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= GATHER_BYTES) this.#dispatch(Buffer.concat(this.#gathered), true);
  }

  onEnd(): void {
    if (this.#done) return;
    if (this.#gathered === undefined) this.#board.native.endBody(this.#id);
    else this.#dispatch(this.#gathered.length === 1 ? this.#gathered[0] : Buffer.concat(this.#gathered), false);
  }

  onBodyDrained(): void {
    this.#request.resume();
  }

  // --- response ---

  onResponse(flags: number, packedHead: string | undefined, body: string | Buffer | undefined): void {
    const last = (flags & RESPONSE_LAST) !== 0;
    if (last) this.#finish();
    if ((flags & RESPONSE_ABORTED) !== 0) {
      this.#fail(500);
      return;
    }
    const response = this.#response;
    if (packedHead !== undefined && !this.#headSent) {
      const head = parseResponse(packedHead);
      if (last && !head.hasLength && !hasNoBody(this.#request.method ?? 'GET', head.status)) {
        head.headers.push('Content-Length', String(body?.length ?? 0));
      }
      this.#headSent = true;
      if (this.#isHttp2()) writeHttp2Head(response, head);
      else response.writeHead(head.status, head.headers);
      if (!last && body === undefined) response.flushHeaders();
    }
    if (last) {
      if (!this.#headSent) this.#fail(500);
      else if (body === undefined) response.end();
      else response.end(body, 'latin1');
      return;
    }
    if (body !== undefined) this.#write(body);
  }

  #write(body: string | Buffer): void {
    const room = this.#response.write(body, 'latin1');
    if (room) {
      this.#board.native.acknowledge(this.#id, body.length);
      return;
    }
    if (this.#owed === 0) this.#response.once('drain', onResponseDrain);
    this.#owed += body.length;
  }

  onDrain(): void {
    const owed = this.#owed;
    this.#owed = 0;
    if (!this.#done) this.#board.native.acknowledge(this.#id, owed);
  }

  /** The connection is gone, or the response went out. */
  onClose(): void {
    if (this.#done) return;
    if (this.#id !== 0) this.#board.native.abort(this.#id);
    this.#finish();
  }

  onStopped(error: SidekickError): void {
    if (this.#id !== 0) this.#board.native.abort(this.#id);
    this.#finish();
    this.#fail(statusOfFailure(error));
  }

  #fail(status: number): void {
    if (this.#headSent || this.#response.headersSent) {
      // A truncated response must not look complete: HTTP/1 loses its connection, HTTP/2 resets the stream.
      const { stream } = this.#response as { stream?: { close(code: number): void } };
      if (stream === undefined) this.#response.destroy();
      else stream.close(HTTP2_INTERNAL_ERROR);
      return;
    }
    refuse(this.#response, status);
  }

  #finish(): void {
    this.#done = true;
    this.#board.close(this.#id);
    if (this.#request.isPaused()) this.#request.resume();
  }
}

const REMOTE = Symbol('php-sidekick remote');

interface Remote {
  readonly address: string;
  readonly port: string;
  readonly scheme: 'http' | 'https';
}

/** Asking a socket for its peer is a system call; the answer is kept on it. */
function remoteOf(socket: Socket & { [REMOTE]?: Remote; encrypted?: boolean }): Remote {
  let remote = socket[REMOTE];
  if (remote === undefined) {
    const address = socket.remoteAddress ?? '';
    remote = {
      address: address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address,
      port: String(socket.remotePort ?? ''),
      scheme: socket.encrypted === true ? 'https' : 'http',
    };
    // http2's stand-in for a socket refuses new properties.
    if (Object.isExtensible(socket) && !('alpnProtocol' in socket && socket.alpnProtocol === 'h2'))
      socket[REMOTE] = remote;
  }
  return remote;
}

function requestLine(request: IncomingMessage): RequestLine {
  const remote = remoteOf(request.socket);
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    version: request.httpVersion,
    scheme: remote.scheme,
    remoteAddress: remote.address,
    remotePort: remote.port,
  };
}

function packHeaders(request: IncomingMessage): string {
  const raw = request.rawHeaders;
  if (request.httpVersionMajor < 2) return raw.length === 0 ? '' : `${raw.join('\0')}\0`;
  let packed = '';
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!;
    if (name === ':authority') packed += `host\0${raw[at + 1]}\0`;
    else if (!name.startsWith(':')) packed += `${name}\0${raw[at + 1]}\0`;
  }
  return packed;
}

/** http2 takes repeated headers as arrays, and refuses those of a connection. */
function writeHttp2Head(response: ServerResponse, head: ResponseHead): void {
  const grouped = new Map<string, string[]>();
  for (let at = 0; at < head.headers.length; at += 2) {
    const name = head.headers[at]!.toLowerCase();
    if (name === 'connection') continue;
    const values = grouped.get(name);
    if (values === undefined) grouped.set(name, [head.headers[at + 1]!]);
    else values.push(head.headers[at + 1]!);
  }
  for (const [name, values] of grouped) response.setHeader(name, values.length === 1 ? values[0]! : values);
  response.writeHead(head.status);
}
