// Heads that PHP may send and Node does not take as they are, and others who answer in PHP's stead: each request is
// answered, and the process lives.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type ClientHttp2Session, connect, createServer as createHttp2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Front, request, scripts } from './support/http.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;
let front: Front;
let server: Http2Server;
let session: ClientHttp2Session;
let before: (response: ServerResponse) => void = () => {}; // what middleware does
const lines = new Lines();
const folder = mkdtempSync(join(tmpdir(), 'sidekick-heads-'));

beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: lines });
  const root = fixture('http-functions');
  app = await php.createScope({ name: 'heads', root, workers: [{ file: `${root}/worker.php`, num: 1 }] });
  front = await Front.listen((message, response) => {
    before(response);
    app.listener(message, response);
  });
  server = createHttp2(app.listener as never).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  session.destroy();
  await new Promise((resolve) => server.close(resolve));
  await front.close();
  await php.stop();
  rmSync(folder, { recursive: true });
});

const busy = () => php.status().threads.some((thread) => thread.busy);

describe.each(scripts)('%s mode', (mode, script) => {
  const path = (headers: readonly string[], status = 200) =>
    `${script}?do=head&status=${status}${headers.map((line) => `&headers[]=${encodeURIComponent(line)}`).join('')}`;
  const overHttp2 = async (target: string) => {
    const stream = session.request({ ':path': target });
    const head = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    let text = '';
    for await (const chunk of stream) text += chunk;
    return { head, text };
  };
  const over = (target: string) => front.raw(request(`GET ${target} HTTP/1.1`, ['Connection: close'])).closed;

  it.each([600, 700, 999])('W05 status %i is 500 where it cannot be told: HTTP/2 and Response', async (status) => {
    const { head, text } = await overHttp2(path([], status));
    expect([head[':status'], text]).toEqual([500, 'whole']);
    const response = await app.fetch(new Request(`http://localhost${path([], status)}`));
    expect([response.status, await response.text()]).toEqual([500, 'whole']);
    const streamed = await app.fetch(new Request(`http://localhost${path([], status)}&flush=1`));
    expect([streamed.status, await streamed.text()]).toEqual([500, 'whole']);
    expect(await over(path([], status))).toMatch(new RegExp(`^HTTP/1.1 ${status} .*whole$`, 's'));
  });

  it('W05 over HTTP/2 the last of what may come once counts, and what is of a connection is left out', async () => {
    const told = ['ETag: "1"', 'ETag: "2"', 'X-Many: 1', 'X-Many: 2'];
    const hop = ['Connection: close', 'TE: gzip', 'HTTP2-Settings: x', 'Upgrade: h2c', 'Keep-Alive: 5', 'Trailer: X'];
    const { head, text } = await overHttp2(path([...told, ...hop]));
    expect([head[':status'], text]).toEqual([200, 'whole']);
    expect([head['etag'], head['x-many'], head['connection'], head['te']]).toEqual([
      '"2"',
      '1, 2',
      undefined,
      undefined,
    ]);
  });

  it('W05 a Trailer header goes out neither with a whole body nor with parts', async () => {
    for (const flush of ['', '&flush=1']) {
      const received = await over(path(['Trailer: X-Sum', 'X-Good: yes']) + flush);
      expect(received).toMatch(/^HTTP\/1\.1 200 .*X-Good: yes.*whole/s);
      expect(received).not.toMatch(/^trailer:/im);
    }
  });

  it('W05 a head that Node refuses because of what middleware has set is answered 500, and logged', async () => {
    before = (response) => response.setHeader('Trailer', 'X-Sum');
    const received = await over(path([]));
    before = () => {};
    expect(received).toMatch(/^HTTP\/1\.1 500 .*Content-Length: 0/s);
    expect(lines.of('the head of a response').at(-1)?.fields['error']).toContain('ERR_HTTP_TRAILER_INVALID');
  });

  it.each([
    ['before PHP has sent a head', 'finish-gone&wait=1', ['.gone']],
    ['after', 'flush', ['0', '1', '2']],
  ])("W05 somebody else's answer is left alone: %s", async (when, what, signs) => {
    const file = join(folder, mode + when.length);
    const mine = Buffer.alloc(10_000_000, 'm'); // more than goes out at once
    let response: ServerResponse | undefined;
    before = (served) => {
      response = served;
    };
    const client = front.raw(request(`GET ${script}?do=${what}&file=${file} HTTP/1.1`, ['Connection: close']));
    await (what === 'flush' ? client.has('part 0;') : expect.poll(busy).toBe(true));
    before = () => {};
    client.socket.pause();
    response!.end(mine);
    for (const sign of signs) writeFileSync(file + sign, '');
    await expect.poll(busy).toBe(false);
    expect(response!.writableFinished).toBe(false);
    client.socket.resume();
    const received = await client.closed;
    expect(received.match(/m+/g)!.at(-1)!.length).toBeGreaterThan(9_000_000);
    expect((await over(path([]))).endsWith('whole')).toBe(true);
  });
});
