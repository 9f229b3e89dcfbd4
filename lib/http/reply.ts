// What is answered in Node's own terms: refusals, informational responses, heads beside headers that are there.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResponseHead } from './head.js';
import { isHttp2, streamOf } from './incoming.js';
import { RETRY_AFTER } from './target.js';

/** Whether nothing that is written arrives any more: the client is gone. */
export function isClosed(request: IncomingMessage, response: ServerResponse): boolean {
  const stream = streamOf(response);
  // A pipelined response that waits for its socket is not destroyed along with it.
  return stream === undefined ? response.destroyed || request.socket.destroyed : stream.destroyed;
}

/** Answers with a status and nothing else, if nobody else has. */
export function refuse(response: ServerResponse, status: number): void {
  if (response.destroyed || response.headersSent) return;
  if (status === 503) response.setHeader('Retry-After', RETRY_AFTER);
  response.statusCode = status;
  response.setHeader('Content-Length', '0');
  response.end();
}

/**
 * Sends 103 with its headers, or 102. Node's interface has no other informational response, and none goes to HTTP/1.0.
 */
export function sendInformation(request: IncomingMessage, response: ServerResponse, head: ResponseHead): void {
  if (!isHttp2(request) && request.httpVersionMinor < 1) return;
  if (head.status === 102 && !isHttp2(request)) response.writeProcessing();
  if (head.status !== 103) return;
  const hints: Record<string, string | string[]> = {};
  for (const [name, values] of grouped(head)) hints[name] = name === 'link' ? values : values.join(', ');
  try {
    response.writeEarlyHints(hints); // without a Link header it does nothing
  } catch {
    // A Link header in a form that Node does not take: hints are only hints, and the response will have it.
  }
}

// What node:http2 refuses: headers of a connection, beside those that head.ts drops, ...
const OF_CONNECTION = new Set(['connection', 'http2-settings', 'te']);

// ... and repeats of these (kSingleValueHeaders in Node's lib/internal/http2/util.js).
const SINGLE = new Set(
  (
    'access-control-allow-credentials access-control-max-age access-control-request-method age authorization ' +
    'content-encoding content-language content-length content-location content-md5 content-range content-type date ' +
    'dnt etag expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified ' +
    'location max-forwards proxy-authorization range referer retry-after tk upgrade-insecure-requests user-agent ' +
    'x-content-type-options'
  ).split(' '),
);

/** Sends the head with repeated headers as arrays, and over HTTP/2 without what that does not know. */
export function writeGrouped(response: ServerResponse, status: number, head: ResponseHead): void {
  const http2 = streamOf(response) !== undefined;
  for (const [name, values] of grouped(head)) {
    if (http2 && OF_CONNECTION.has(name)) continue;
    const last = values.at(-1)!;
    response.setHeader(name, values.length === 1 || (http2 && SINGLE.has(name)) ? last : values);
  }
  response.writeHead(status);
}

/** Takes back what was set, by whomever: it cannot be sent. */
export function resetHeaders(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
}

/** A URL as a header can hold it: what an application has decoded in it is encoded again. */
export function asLocation(url: string): string {
  return url.replace(/[^\x21-\x7e]+/g, (text) => Buffer.from(text, 'utf8').toString('hex').replace(/../g, '%$&'));
}

function grouped(head: ResponseHead): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (let at = 0; at < head.headers.length; at += 2) {
    const name = head.headers[at]!.toLowerCase();
    const values = groups.get(name);
    if (values === undefined) groups.set(name, [head.headers[at + 1]!]);
    else values.push(head.headers[at + 1]!);
  }
  return groups;
}
