// One request of node:http, node:https or node:http2's compatibility layer on its way through PHP. One object per request
// and no closures: this is the path that decides how many requests a second there are.
//
//   request ──► body, as far as intake.ts keeps it ──► dispatch ──► PHP
//   response ◄── head + body in one write, or parts as PHP flushes them; `drain` acknowledges what was held back
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SidekickError } from '../errors.js';
import {
  type ExchangeReceiver,
  RESPONSE_ABORTED,
  RESPONSE_INFORMATIONAL,
  RESPONSE_LAST,
  type Switchboard,
} from '../switchboard.js';
import { cutTo, finalStatus, hasNoBody, isBodiless, packRequest, parseResponse, type ResponseHead } from './head.js';
import { announcedLength, hasBody, isHttp2, mountPrefix, packHeaders, requestLine, streamOf } from './incoming.js';
import { type FirstBytes, Intake, type IntakeOwner } from './intake.js';
import { isClosed, refuse, resetHeaders, sendInformation, writeGrouped } from './reply.js';
import type { Script } from './routing.js';
import { type HttpTarget, statusOfFailure } from './target.js';
import { awaitTurn, leaveTurn } from './turns.js';
import type { Watched } from './watch.js';

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
function onResponseTimeout(this: Served): void {
  this[EXCHANGE]?.onUntaken();
}
function onRequestData(this: Sending, chunk: Buffer | string): void {
  // A string: somebody has called setEncoding().
  this[EXCHANGE]?.onData(typeof chunk === 'string' ? Buffer.from(chunk, this.readableEncoding ?? 'utf8') : chunk);
}
function onRequestEnd(this: Sending): void {
  this[EXCHANGE]?.onEnd();
}

export class ListenerExchange implements ExchangeReceiver, IntakeOwner, Watched {
  readonly scope: number;
  id = 0;
  since = 0;
  readonly #board: Switchboard;
  readonly #target: HttpTarget;
  readonly #script: Script;
  readonly #request: Sending;
  readonly #response: Served;
  #intake: Intake | undefined;
  #done = false;
  #headSent = false;
  #left = -1; // bytes that the body still may have; -1: any number
  #owed = 0; // response bytes to acknowledge when the client has taken them
  #timed = false; // the client has bodyTimeout to take something
  #waiting = false; // for its turn on a pipelined connection

  constructor(board: Switchboard, target: HttpTarget, script: Script, request: Sending, response: Served) {
    this.scope = target.scope;
    this.#board = board;
    this.#target = target;
    this.#script = script;
    this.#request = request;
    this.#response = response;
  }

  begin(): void {
    // The client may have left, or somebody have answered, while others held the request: no event would tell.
    if (isClosed(this.#request, this.#response) || this.#response.writableEnded) return;
    this.#response[EXCHANGE] = this;
    this.#response.on('close', onResponseClose);
    if (!isHttp2(this.#request) && this.#response.socket === null) {
      this.#waiting = true;
      awaitTurn(this.#request.socket, this);
    }
    if (!hasBody(this.#request)) {
      this.#dispatch(undefined, -1, 0, false, -1);
      return;
    }
    this.#intake = new Intake(this.#board.native, this, announcedLength(this.#request), this.#target.bodyTimeout);
    this.#request[EXCHANGE] = this;
    this.#request.on('data', onRequestData);
    this.#request.on('end', onRequestEnd);
  }

  // --- request ---

  dispatch(first: FirstBytes): number {
    this.#dispatch(first.memory, first.spool, first.spooled, first.more, first.more ? -1 : first.length);
    return this.id;
  }

  #dispatch(body: Uint8Array | undefined, spool: number, spooled: number, more: boolean, length: number): void {
    const headers = packHeaders(this.#request, length);
    const line = requestLine(this.#request);
    const prefix = mountPrefix(this.#request);
    const head =
      headers === undefined ? undefined : packRequest(line, this.#target.root, this.#script, prefix, headers);
    if (head === undefined) {
      this.#finish();
      this.#fail(400);
      return;
    }
    this.id = this.#board.open(this);
    this.#target.watch.add(this);
    this.#board.native.addRequest(this.scope, this.id, this.#script.worker, head, body, more, spool, spooled);
    this.#board.sendSoon();
  }

  onData(chunk: Buffer): void {
    this.#intake?.push(chunk);
  }

  onEnd(): void {
    this.#intake?.end();
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  onBodyDrained(): void {
    this.#intake?.onDrained();
  }

  /** The client has sent nothing for too long. */
  onIdle(): void {
    this.#giveUp();
    if (!isHttp2(this.#request) && !this.#response.headersSent) this.#response.setHeader('Connection', 'close');
    this.#fail(408);
  }

  // --- response ---

  onResponse(flags: number, packedHead: string | undefined, body: string | Buffer | undefined): void {
    const last = (flags & RESPONSE_LAST) !== 0;
    if (last) this.#finish();
    if (isClosed(this.#request, this.#response) || this.#response.writableEnded) {
      this.#giveUp(); // nobody takes it, or somebody else has answered
      return;
    }
    if ((flags & RESPONSE_ABORTED) !== 0) {
      this.#fail(500);
      return;
    }
    if (packedHead !== undefined) {
      const head = parseResponse(packedHead);
      if ((flags & RESPONSE_INFORMATIONAL) !== 0) {
        if (!this.#response.headersSent) sendInformation(this.#request, this.#response, head);
        return;
      }
      if (!this.#writeHead(head, last ? (body?.length ?? 0) : -1)) return;
      if (!last && body === undefined) this.#response.flushHeaders();
    }
    if (last) this.#end(body);
    else if (body !== undefined) this.#write(body);
  }

  /** `whole`: the length of the body, when all of it is there; -1: not known. False: it does not go out. */
  #writeHead(head: ResponseHead, whole: number): boolean {
    const response = this.#response;
    if (response.headersSent) {
      this.#giveUp(); // somebody else is answering
      return false;
    }
    const http2 = isHttp2(this.#request);
    const status = finalStatus(head.status, http2 ? 599 : 999);
    const bodiless = hasNoBody(this.#request.method ?? 'GET', status);
    // A length that does not hold would shift where the client takes the next response to begin.
    const length = bodiless || whole < 0 ? head.length : whole;
    if (length >= 0 && !isBodiless(status)) head.headers.push('Content-Length', String(length));
    if (!bodiless) this.#left = length;
    try {
      // Headers that somebody has set before are kept; with those, Node 20 loses repeats of a list.
      if (!http2 && response.getHeaderNames().length === 0) response.writeHead(status, head.headers);
      else writeGrouped(response, status, head);
    } catch (error) {
      this.#board.logger.error({ error: String(error) }, 'Node does not take the head of a response');
      this.#giveUp();
      resetHeaders(response);
      this.#fail(500);
      return false;
    }
    this.#headSent = true;
    return true;
  }

  /** What goes over the length that was announced is cut off. */
  #cut<Body extends string | Buffer>(body: Body): Body {
    if (this.#left < 0) return body;
    const cut = cutTo(body, this.#left);
    this.#left -= cut.length;
    return cut;
  }

  #end(body: string | Buffer | undefined): void {
    const response = this.#response;
    if (!this.#headSent) {
      this.#fail(500);
      return;
    }
    const cut = body === undefined ? undefined : this.#cut(body);
    if (this.#left > 0) {
      // Less than was announced: the client is to see that something is missing, after what there is.
      if (cut === undefined) this.#fail(500);
      else response.write(cut, 'latin1', () => this.#fail(500));
      return;
    }
    if (cut === undefined) response.end();
    else response.end(cut, 'latin1');
    if (response.writableLength > 0 && !response.destroyed) this.#expectTaking();
  }

  #write(body: string | Buffer): void {
    const cut = this.#cut(body);
    const room = cut.length === 0 || this.#response.write(cut, 'latin1');
    if (room) {
      this.#board.native.acknowledge(this.id, body.length);
      return;
    }
    if (this.#owed === 0) this.#response.once('drain', onResponseDrain);
    this.#owed += body.length;
    this.#expectTaking();
  }

  #expectTaking(): void {
    if (this.#timed || this.#target.bodyTimeout === 0) return;
    this.#timed = true;
    // Node sees the bytes that leave, however few: its timer is about the socket, not about drain.
    if (isHttp2(this.#request)) {
      this.#response.on('timeout', onResponseTimeout); // given along, it would be called on the stream
      this.#response.setTimeout(this.#target.bodyTimeout);
    } else {
      this.#response.setTimeout(this.#target.bodyTimeout, onResponseTimeout); // Fastify's inject() insists on it
    }
  }

  /** Nothing has moved for bodyTimeout: because the client takes nothing, or because PHP sends nothing. */
  onUntaken(): void {
    if (this.#response.writableLength > 0) this.#response.destroy();
  }

  onDrain(): void {
    const owed = this.#owed;
    this.#owed = 0;
    if (!this.#done) this.#board.native.acknowledge(this.id, owed);
  }

  // --- end ---

  /** The connection is gone, or the response went out. */
  onClose(): void {
    this.#giveUp();
  }

  onStopped(error: SidekickError): void {
    if (this.id !== 0) this.#board.native.stopRequest(this.id);
    this.#giveUp();
    this.#fail(statusOfFailure(error));
  }

  onWaitedOut(): void {
    this.#giveUp();
    this.#fail(503);
  }

  onTimedOut(): void {
    this.#giveUp();
    this.#fail(504);
  }

  #giveUp(): void {
    if (this.#done) return;
    if (this.id !== 0) this.#board.native.abort(this.id);
    this.#finish();
  }

  #fail(status: number): void {
    if (this.#headSent || this.#response.headersSent) {
      // A truncated response must not look complete: HTTP/1 loses its connection, HTTP/2 resets the stream.
      const stream = streamOf(this.#response);
      if (stream === undefined) this.#response.destroy();
      else stream.close(HTTP2_INTERNAL_ERROR);
      return;
    }
    refuse(this.#response, status);
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#target.watch.delete(this);
    if (this.id !== 0) this.#board.close(this.id);
    if (this.#waiting) leaveTurn(this.#request.socket, this);
    this.#intake?.stop();
    if (this.#request.isPaused()) this.#request.resume();
  }
}
