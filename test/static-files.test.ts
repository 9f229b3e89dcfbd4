import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Front, request } from './support/http.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;
let front: Front;

beforeAll(async () => {
  php = await Runtime.start({ threads: 1 });
  app = await php.createScope({ name: 'static', root: fixture('static') });
  front = await Front.listen(app.listener);
});
afterAll(async () => {
  await front.close();
  await php.stop();
});

type Send = (path: string, init?: RequestInit) => Promise<Response>;
const entrances: readonly (readonly [string, Send])[] = [
  ['scope.fetch', (path, init) => app.fetch(new Request(`http://localhost${path}`, init))],
  ['scope.listener', (path, init) => fetch(front.origin + path, init)],
];

describe.each(entrances)('W02 %s', (_entrance, send) => {
  it.each([
    ['/digits.txt', 'text/plain; charset=utf-8', '0123456789'],
    ['/sub/style.css', 'text/css; charset=utf-8', 'body { color: red }\n'],
    ['/page.html?x=1', 'text/html; charset=utf-8', '<h1>hello</h1>\n'],
    ['/empty.bin', 'application/octet-stream', ''],
    ['/a%20b%25c.txt', 'text/plain; charset=utf-8', 'a b\n'],
    ['/.well-known/acme', null, 'it is me\n'],
    ['/sub/../digits.txt', 'text/plain; charset=utf-8', '0123456789'],
  ])('sends %s', async (path, type, body) => {
    const response = await send(path);
    expect([response.status, await response.text()]).toEqual([200, body]);
    if (type !== null) expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-length')).toBe(String(body.length));
    expect(response.headers.get('etag')).toBeTruthy();
    expect(response.headers.get('last-modified')).toBeTruthy();
    expect(response.headers.get('cache-control')).toBeNull();
  });

  it('answers HEAD with the same headers', async () => {
    const response = await send('/digits.txt', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '10', '']);
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=20-', 416, '', 'bytes */10'],
    ['letters=1-2', 200, '0123456789', null],
  ])('Range: %s', async (range, status, body, contentRange) => {
    const response = await send('/digits.txt', { headers: { Range: range } });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      status,
      body,
      contentRange,
    ]);
  });

  it('answers 304 when the client has it already, and 412 when it asks for another', async () => {
    const headers = (await send('/digits.txt')).headers;
    const etag = headers.get('etag')!;
    const since = headers.get('last-modified')!;
    const status = async (conditions: Record<string, string>) =>
      (await send('/digits.txt', { headers: { 'Cache-Control': 'max-age=0', ...conditions } })).status;
    expect(await status({ 'If-None-Match': etag })).toBe(304);
    expect(await status({ 'If-None-Match': '"other"' })).toBe(200);
    expect(await status({ 'If-Modified-Since': since })).toBe(304);
    expect(await status({ 'If-Match': '"other"' })).toBe(412);
  });

  it('answers 405 to other methods', async () => {
    const response = await send('/digits.txt', { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    '/.secret/config',
    '/sub/../.secret/config',
    '/%2esecret/config',
    '/sub',
    '/none.txt',
    '/sub/',
    '/digits.txt/',
  ])('leaves %s to the front controller', async (path) => {
    expect(await (await send(path)).text()).toMatch(/^front controller: /);
  });

  it.each(['/other.php', '/other.php/', '/other.php/x', '/OTHER.PHP', '/other%2ephp', '/other.php%20'])(
    'never sends the source of a script: %s',
    async (path) => {
      expect(await (await send(path)).text()).not.toContain('secret');
    },
  );
});

describe('W02 a document root', () => {
  it('is resolved once when it is a symbolic link, or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sidekick-static-'));
    symlinkSync(fixture('static'), join(folder, 'current'));
    const shown = async (resolveRootSymlink: boolean) => {
      const root = join(folder, 'current');
      const scope = await php.createScope({ name: 'linked', root, resolveRootSymlink, staticFiles: true });
      try {
        const response = await scope.fetch(new Request('http://localhost/digits.txt'));
        return [await response.text(), (await scope.fetch(new Request('http://localhost/'))).status];
      } finally {
        await scope.close();
      }
    };
    expect(await shown(true)).toEqual(['0123456789', 200]);
    expect(await shown(false)).toEqual(['0123456789', 200]);
    rmSync(folder, { recursive: true });
  });

  it('changes under the feet of the server: what is there now is sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sidekick-static-'));
    const scope = await php.createScope({ name: 'changing', root: folder });
    const get = async () => {
      const response = await scope.fetch(new Request('http://localhost/file.txt'));
      return [response.status, await response.text()];
    };
    writeFileSync(join(folder, 'file.txt'), 'one');
    expect(await get()).toEqual([200, 'one']);
    writeFileSync(join(folder, 'file.txt'), 'another');
    utimesSync(join(folder, 'file.txt'), 1, 1);
    expect(await get()).toEqual([200, 'another']);
    rmSync(join(folder, 'file.txt'));
    expect(await get()).toEqual([404, '']);
    await scope.close();
    rmSync(folder, { recursive: true });
  });

  it('sends files through HTTP/2', async () => {
    const server = createServer(app.listener as never).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': '/digits.txt', range: 'bytes=0-1' });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    let body = '';
    for await (const chunk of stream) body += chunk;
    expect([headers[constants.HTTP2_HEADER_STATUS], body]).toEqual([206, '01']);
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('goes on when a client leaves in the middle of a file', async () => {
    const client = front.raw(request('GET /digits.txt HTTP/1.1'));
    client.destroy();
    await client.closed;
    expect((await fetch(`${front.origin}/digits.txt`)).status).toBe(200);
  });
});
