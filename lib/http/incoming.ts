// A request of node:http or node:http2 in PHP's terms: request line, headers, the peer, the prefix it is mounted under.
import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { hasNul, type RequestLine } from './head.js';

/** Whether the body is framed by HTTP/2, which needs no headers for it. */
export function isHttp2(request: IncomingMessage): boolean {
  return request.httpVersionMajor >= 2;
}

/** HTTP/2's stream; undefined in HTTP/1. */
export function streamOf(message: object): ServerHttp2Stream | undefined {
  return (message as { stream?: ServerHttp2Stream }).stream;
}

/** What express and Connect say about a handler that is mounted under a path. */
type Mounted = IncomingMessage & { readonly originalUrl?: unknown; readonly baseUrl?: unknown };

/** The request's target as the client sent it. */
export function originalTarget(request: Mounted): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/');
}

/** The path that the handler is mounted under: `/blog` for `express().use('/blog', scope.listener)`, mostly ''. */
export function mountPrefix(request: Mounted): string {
  return typeof request.baseUrl === 'string' ? request.baseUrl : '';
}

/** The body's length as announced; -1: there is none, or it is not known. */
export function announcedLength(request: IncomingMessage): number {
  const length = request.headers['content-length'];
  return length === undefined ? -1 : Number(length);
}

/** Whether a body follows the head. */
export function hasBody(request: IncomingMessage): boolean {
  if (request.readableEnded) return false; // somebody has read it already
  if (isHttp2(request)) return streamOf(request)?.endAfterHeaders !== true;
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || (length !== undefined && length !== '0');
}

const REMOTE = Symbol('php-sidekick remote');

type Remote = Pick<RequestLine, 'scheme' | 'tlsProtocol' | 'tlsCipher' | 'remoteAddress' | 'remotePort'>;

/** Asking a socket for its peer is a system call; the answer is kept on it, or on HTTP/2's session. */
function remoteOf(request: IncomingMessage): Remote {
  const socket = request.socket as Socket & Partial<TLSSocket>;
  const holder = (streamOf(request)?.session ?? socket) as { [REMOTE]?: Remote };
  let remote = holder[REMOTE];
  if (remote === undefined) {
    const address = socket.remoteAddress ?? '';
    const encrypted = socket.encrypted === true;
    remote = {
      scheme: encrypted ? 'https' : 'http',
      tlsProtocol: (encrypted && socket.getProtocol?.()) || '',
      tlsCipher: (encrypted && socket.getCipher?.().name) || '',
      remoteAddress: address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address,
      remotePort: String(socket.remotePort ?? ''),
    };
    holder[REMOTE] = remote;
  }
  return remote;
}

export function requestLine(request: IncomingMessage): RequestLine {
  const remote = remoteOf(request);
  return {
    method: request.method ?? 'GET',
    target: originalTarget(request),
    version: request.httpVersion,
    scheme: remote.scheme,
    tlsProtocol: remote.tlsProtocol,
    tlsCipher: remote.tlsCipher,
    remoteAddress: remote.remoteAddress,
    remotePort: remote.remotePort,
  };
}

// What Go's httpguts, and with it FrankenPHP, takes for a host.
const HOST = /^[A-Za-z0-9!$%&'()*+,\-.:;=[\]_~]*$/;

/**
 * The headers as packRequest() takes them: what `request.headers` holds, so that PHP sees what middleware has set,
 * changed or deleted. Undefined: 400, because it is not clear which host is meant, or because of a NUL. `length` is
 * added as Content-Length when a body of that length came without one; -1: nothing to add.
 */
export function packHeaders(request: IncomingMessage, length: number): string | undefined {
  const { headers } = request;
  const http2 = isHttp2(request);
  // The request line names the host before any header does (RFC 9112, 3.2.2; RFC 9113, 8.3.1).
  const named = http2 ? (headers[':authority'] as string | undefined) : authorityOf(request.url ?? '/');
  if (named === undefined && hasTwoHosts(request.rawHeaders)) return undefined;
  const host = named ?? headers.host;
  if (host !== undefined && !HOST.test(host)) return undefined;
  let packed = named === undefined ? '' : `host\0${named}\0`;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || (name === 'host' && named !== undefined) || (http2 && name.startsWith(':'))) continue;
    const text = typeof value === 'string' ? value : [value].flat().join(', '); // Set-Cookie; and others set what they like
    if (hasNul(text) || hasNul(name)) return undefined;
    packed += `${name}\0${text}\0`;
  }
  if (length >= 0 && headers['content-length'] === undefined) packed += `content-length\0${length}\0`;
  return packed;
}

/** Whether a second `Host` came, which `request.headers` has dropped. */
function hasTwoHosts(raw: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}

function authorityOf(target: string): string | undefined {
  if (target.startsWith('/')) return undefined;
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(target);
  return authority === null ? undefined : authority[1]!.slice(authority[1]!.lastIndexOf('@') + 1);
}
