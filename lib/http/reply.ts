// What is answered in Node's own terms: refusals, informational responses, heads beside headers that are there.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResponseHead } from './head.js';
import { isHttp2, streamOf } from './incoming.js';
import { RETRY_AFTER } from './target.js';

/** Answers with a status and nothing else. */
export function refuse(response: ServerResponse, status: number): void {
  if (response.destroyed) return;
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

/** Sends the head with repeated headers as arrays: what http2 takes, which also refuses those of a connection. */
export function writeGrouped(response: ServerResponse, status: number, head: ResponseHead): void {
  for (const [name, values] of grouped(head)) {
    if (name !== 'connection' || streamOf(response) === undefined)
      response.setHeader(name, values.length === 1 ? values[0]! : values);
  }
  response.writeHead(status);
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
