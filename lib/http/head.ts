// The heads of requests and responses in the shape they cross in: fields separated by NUL bytes, one character a byte
// (native/core/request_head.h; a response's is `status NUL { header line NUL }`).
import type { Script } from './routing.js';

/** What a request's head holds besides its headers and its script. */
export interface RequestLine {
  readonly method: string;
  /** Path and query, undecoded, one character a byte. */
  readonly target: string;
  /** `1.1` */
  readonly version: string;
  readonly scheme: 'http' | 'https';
  /** `TLSv1.3`, or ''. */
  readonly tlsProtocol: string;
  /** `TLS_AES_256_GCM_SHA384`, or ''. */
  readonly tlsCipher: string;
  readonly remoteAddress: string;
  readonly remotePort: string;
}

/**
 * `prefix`: what the URL path has before the script's name. `headers`: name NUL value NUL …, or ''. Undefined: a NUL,
 * which an application has decoded, would shift the fields. What it has decoded beyond Latin-1 crosses as UTF-8.
 */
export function packRequest(
  line: RequestLine,
  root: string,
  script: Script,
  prefix: string,
  headers: string,
): string | undefined {
  if (hasNul(line.method) || hasNul(line.target) || hasNul(line.remoteAddress) || hasNul(prefix)) return undefined;
  const head = `${line.method}\0${line.target}\0${line.version}\0${line.scheme}\0${line.tlsProtocol}\0${line.tlsCipher}\0${line.remoteAddress}\0${line.remotePort}\0${bytes(root)}\0${bytes(script.scriptFilename)}\0${bytes(prefix + script.scriptName)}\0${bytes(script.pathInfo)}\0${headers}`;
  return WIDE.test(head) ? head.split('\0').map(narrow).join('\0') : head;
}

/** Whether `text` holds the byte that separates fields. */
export function hasNul(text: string): boolean {
  return text.indexOf('\0') >= 0; // a third of what includes() takes
}

const WIDE = /[^\0-\xff]/; // costs nothing on a string of one byte a character: V8 knows that it cannot match

function narrow(field: string): string {
  return WIDE.test(field) ? Buffer.from(field, 'utf8').toString('latin1') : field;
}

/** Text as its UTF-8 bytes, one character each. */
function bytes(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** A response's status and headers. */
export interface ResponseHead {
  /** 100 and above; 500 for what is no status. */
  readonly status: number;
  /** name, value, name, value, …, repeats as PHP sent them, without Content-Length. */
  readonly headers: string[];
  /** How long the body is, as PHP has it; -1: it has not said. */
  readonly length: number;
}

// How the body is framed is for Node to decide, and PHP has no trailers.
const DROPPED = new Set(['transfer-encoding', 'trailer', 'keep-alive', 'proxy-connection', 'upgrade']);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Header lines that HTTP does not allow are left out. */
export function parseResponse(packed: string): ResponseHead {
  const lines = packed.split('\0');
  const headers: string[] = [];
  let length = -1;
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at]!;
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    const lower = name.toLowerCase();
    if (DROPPED.has(lower) || !TOKEN.test(name) || BAD_VALUE.test(value)) continue;
    if (lower !== 'content-length') headers.push(name, value);
    else if (/^\d{1,15}$/.test(value)) length = Number(value);
  }
  return { status: statusOf(lines[0]!), headers, length };
}

function statusOf(text: string): number {
  const status = Number(text);
  return Number.isInteger(status) && status >= 100 && status <= 999 ? status : 500;
}

/**
 * The status of the response itself: an informational one would leave the client waiting for another. `most`: the
 * highest that can be sent.
 */
export function finalStatus(status: number, most: number): number {
  return status >= 200 && status <= most ? status : 500;
}

/** `body`, or its beginning when it is longer than `length`. */
export function cutTo<Body extends string | Buffer>(body: Body, length: number): Body {
  return body.length <= length ? body : (body.slice(0, length) as Body);
}

/** Responses to HEAD, and those with these statuses, have no body. */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || isBodiless(status);
}

/** These statuses say by themselves that there is no body: their responses have no Content-Length either. */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || status === 205;
}
