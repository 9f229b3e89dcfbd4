import { createHash } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';

const root = fileURLToPath(new URL('php/http', import.meta.url));
const file = `${root}/worker.php`;

let php: Runtime;
let app: Scope;
let server: Server;
let origin: string;

beforeAll(async () => {
  php = await Runtime.start({ threads: 2, ini: { display_errors: 1 } });
  app = await php.createScope({ name: 'http', root, index: ['classic.php'], workers: [{ file, num: 2 }] });
  server = createServer(app.listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await php.stop();
});

interface Shown {
  readonly mode: string;
  readonly get: Record<string, string>;
  readonly post: Record<string, unknown>;
  readonly cookie: Record<string, string>;
  readonly input: number;
  readonly sha1: string;
  readonly server: Record<string, string>;
}

type Send = (path: string, init?: RequestInit) => Promise<Response>;
const entrances: readonly (readonly [string, Send])[] = [
  ['scope.fetch', (path, init) => app.fetch(new Request(`http://shop.test:81${path}`, init))],
  ['scope.listener', (path, init) => fetch(origin + path, init)],
];

describe.each(entrances)('W01 %s', (_entrance, send) => {
  describe.each(['classic', 'worker'])('%s mode', (mode) => {
    const at = (query: string) => `/${mode}.php${query}`;
    const show = async (path: string, init?: RequestInit) => (await (await send(path, init)).json()) as Shown;

    it('fills $_GET, $_SERVER and $_COOKIE', async () => {
      const shown = await show(at('/info?a=1&b[]=2&b[]=3'), { headers: { Cookie: 'c=4; d=5', 'X-Some': 'thing' } });
      expect(shown).toMatchObject({
        mode,
        get: { a: '1', b: ['2', '3'] },
        post: {},
        cookie: { c: '4', d: '5' },
        input: 0,
      });
      expect(shown.server).toMatchObject({
        REQUEST_METHOD: 'GET',
        REQUEST_URI: `/${mode}.php/info?a=1&b[]=2&b[]=3`,
        QUERY_STRING: 'a=1&b[]=2&b[]=3',
        SCRIPT_NAME: `/${mode}.php`,
        SCRIPT_FILENAME: `${root}/${mode}.php`,
        PATH_INFO: '/info',
        DOCUMENT_ROOT: root,
        SERVER_PROTOCOL: 'HTTP/1.1',
        REQUEST_SCHEME: 'http',
        REMOTE_ADDR: '127.0.0.1',
        HTTP_X_SOME: 'thing',
      });
    });

    it('fills $_POST from a form', async () => {
      const shown = await show(at(''), { method: 'POST', body: new URLSearchParams({ name: 'Zoë', more: 'x y' }) });
      expect(shown.post).toEqual({ name: 'Zoë', more: 'x y' });
      expect(shown.server).toMatchObject({ REQUEST_METHOD: 'POST' });
    });

    it.each([0, 1, 100_000, 3_000_000])('gives a body of %i bytes to php://input', async (bytes) => {
      const body = Buffer.alloc(bytes, 'php-sidekick ');
      const headers = { 'Content-Type': 'application/octet-stream' };
      const shown = await show(at(''), { method: 'PUT', body, headers });
      expect(shown).toMatchObject({ input: bytes, sha1: createHash('sha1').update(body).digest('hex') });
    });

    it.each([200, 201, 404, 418, 500])('sends status %i', async (status) => {
      const response = await send(at(`?do=status&status=${status}`));
      expect([response.status, response.headers.get('x-mode'), await response.text()]).toEqual([status, mode, '']);
    });

    it.each([204, 304])('sends status %i without a body', async (status) => {
      const response = await send(at(`?do=status&status=${status}`));
      expect([response.status, response.body]).toEqual([status, null]);
    });

    it('keeps repeated headers', async () => {
      expect((await send(at('?do=cookies'))).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    });

    it('sends bytes as they are', async () => {
      const body = Buffer.from(await (await send(at('?do=bytes'))).arrayBuffer());
      expect(body.toString('latin1')).toBe('\0\xff\xfe caf\xc3\xa9');
    });

    it.each([10, 16_380, 16_390, 5_000_000])('sends %i bytes', async (bytes) => {
      const text = await (await send(at(`?do=large&bytes=${bytes}`))).text();
      expect(text.length).toBe(Math.floor(bytes / 10) * 10);
      expect(text.startsWith('0123456789')).toBe(true);
    });

    it('streams parts in order, waiting for a slow reader', async () => {
      const response = await send(at('?do=parts&parts=500'));
      let received = '';
      for await (const chunk of response.body as ReadableStream<Uint8Array>) received += Buffer.from(chunk).toString();
      const expected = Array.from({ length: 500 }, (_, part) => String(part % 10).repeat(10_000)).join('');
      expect(received === expected).toBe(true);
    });

    it('answers HEAD without a body', async () => {
      const response = await send(at('?do=large&bytes=100'), { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
    });

    it('keeps 100 parallel requests apart', async () => {
      const ids = Array.from({ length: 100 }, (_, id) => String(id));
      const answers = await Promise.all(
        ids.map(async (id) => {
          const init = { method: 'POST', headers: { 'X-Id': id }, body: new URLSearchParams({ id }) };
          return (await send(at(`?do=id&id=${id}`), init)).text();
        }),
      );
      expect(answers).toEqual(ids.map((id) => `${id} ${id} ${id}`));
    });

    it('J09 rejects with the reason of an aborted signal, and the script sees the client gone', async () => {
      const controller = new AbortController();
      const response = await send(at('?do=wait'), { signal: controller.signal });
      const reason = new Error('enough');
      controller.abort(reason);
      await expect(response.text()).rejects.toBeDefined();
      await expect.poll(() => php.status().threads.filter((thread) => thread.busy).length).toBe(0);
    });
  });
});

describe('scope.listener', () => {
  it('keeps a connection alive over requests of both modes', async () => {
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<string>();
    for (const path of ['/classic.php', '/worker.php', '/classic.php', '/worker.php']) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        httpRequest(origin + path, { agent }, resolve)
          .on('error', reject)
          .end();
      });
      let body = '';
      for await (const chunk of response) body += chunk;
      ports.add((JSON.parse(body) as Shown).server['REMOTE_PORT'] ?? '');
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it('answers what is not a script by the front controller, never with source', async () => {
    const response = await fetch(`${origin}/respond.php.txt`);
    expect(response.headers.get('x-mode')).toBe('classic');
  });
});
