// Requests that nobody sends by accident, over sockets of their own. Whatever comes: the status that the table has, no
// crash, no hang, no PHP thread held, nothing from outside of the document root or hidden in it.
import { readdirSync } from 'node:fs';
import { connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Front, request } from './support/http.js';
import { Lines } from './support/loggers.js';
import { fixture, modes } from './support/modes.js';

const root = `${fixture('hostile')}/public`;
const lines = new Lines();
let php: Runtime;
let app: Scope;
let front: Front;

beforeAll(async () => {
  const ini = {
    display_errors: 0,
    post_max_size: '1M',
    upload_max_filesize: '64K',
    max_file_uploads: 5,
    memory_limit: '64M',
  };
  php = await Runtime.start({ threads: 1, logger: lines, ini });
  const workers = [{ file: `${root}/worker.php`, num: 1 }];
  app = await php.createScope({ name: 'hostile', root, workers, bodyTimeout: 400 });
  front = await Front.listen(app.listener);
});
afterAll(async () => {
  await front.close();
  await php.stop();
});

const close = 'Connection: close';
const get = (path: string, ...headers: string[]) => request(`GET ${path} HTTP/1.1`, [...headers, close]);
const post = (path: string, body: string, ...headers: string[]) =>
  request(`POST ${path} HTTP/1.1`, [`Content-Length: ${body.length}`, ...headers, close], body);

const BOUNDARY = 'Content-Type: multipart/form-data; boundary=B';
const part = (disposition: string, body = 'x', more = '') =>
  `--B\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${body}\r\n`;
const multipart = (...parts: string[]) => `${parts.join('')}--B--\r\n`;

interface Attack {
  readonly name: string;
  readonly bytes: string | Buffer;
  /** Of the first response; 0: the connection ends without one. */
  readonly status: number | readonly number[];
  /** What the script must have told, if it was asked. */
  readonly told?: Record<string, unknown>;
}

/** `s`: the script's path. */
const attacks = (s: string): readonly Attack[] => [
  // Paths
  ...[
    '/../secret.txt',
    '/../../../../../../etc/passwd',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/%252e%252e%252fsecret.txt',
    '/..%c0%afsecret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/..%e0%80%afsecret.txt',
    '/..;/secret.txt',
    '/....//secret.txt',
    '/./.././../secret.txt',
    '//../secret.txt',
    `${s}/../../secret.txt`,
    `${s}/%2e%2e/%2e%2e/secret.php`,
    '/../secret.php',
    '/x/../../secret.php',
    '/.secret/file',
    '/%2esecret/file',
    '/.secret%2ffile',
    '/./.secret/file',
    '/.well-known/../.secret/file',
    '/.well-known/.secret/file',
    '/.env',
    '/%2eenv',
    '/x/..%2f.env',
    '/.env%20',
    '/handle.php/../.env',
  ].map((path) => ({ name: `GET ${path}`, bytes: get(path), status: 200, told: { script: `${root}/index.php` } })),
  { name: 'a NUL in the path', bytes: get(`${s}%00.txt`), status: 400 },
  { name: 'a NUL that hides an ending', bytes: get('/secret.txt%00.php'), status: 400 },
  { name: 'a raw NUL in the path', bytes: get(`${s}\0`), status: 400 },
  { name: 'a raw line feed in the path', bytes: get(`${s}\n`), status: 400 },
  { name: 'half an escape', bytes: get('/%'), status: 200 },
  { name: 'escapes that are no UTF-8', bytes: get('/%ff%fe.php'), status: 200 },
  { name: 'raw bytes that are no UTF-8', bytes: get('/\xff\xfe'), status: 400 },
  { name: 'a path of 15 KiB', bytes: get(`/${'a'.repeat(15_000)}`), status: 200 },
  { name: 'a path of 100 KiB', bytes: get(`/${'a'.repeat(100_000)}`), status: 431 },
  { name: 'a thousand steps up', bytes: get(`/${'../'.repeat(1000)}etc/passwd`), status: 200 },
  { name: 'a thousand scripts in one path', bytes: get('/x.php'.repeat(1000)), status: 200 },
  { name: 'an absolute target elsewhere', bytes: get('http://evil.example/../../secret.txt'), status: 200 },
  { name: 'a target with a foreign scheme', bytes: get('file:///etc/passwd'), status: [200, 400] },
  { name: 'an asterisk', bytes: request('OPTIONS * HTTP/1.1', [close]), status: 200 },
  { name: 'CONNECT', bytes: 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', status: [0, 400] },
  // Request lines and heads
  { name: 'no request at all', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
  { name: 'HTTP/0.9', bytes: `GET ${s}\r\n\r\n`, status: 200 },
  { name: 'HTTP/3.7', bytes: `GET ${s} HTTP/3.7\r\nHost: x\r\n\r\n`, status: 400 },
  { name: 'an unknown method', bytes: `EVIL ${s} HTTP/1.1\r\nHost: x\r\n\r\n`, status: 400 },
  { name: 'no Host', bytes: `GET ${s} HTTP/1.1\r\nConnection: close\r\n\r\n`, status: 400 },
  { name: 'two Hosts', bytes: get(s, 'Host: evil.example'), status: 400 },
  { name: 'a Host with markup', bytes: `GET ${s} HTTP/1.1\r\nHost: <script>\r\n${close}\r\n\r\n`, status: 400 },
  { name: 'a Host with a path', bytes: `GET ${s} HTTP/1.1\r\nHost: a/../b\r\n${close}\r\n\r\n`, status: 400 },
  { name: 'a header without a name', bytes: get(s, ': evil'), status: 400 },
  { name: 'a header name with a space', bytes: get(s, 'X Evil: 1'), status: 400 },
  { name: 'a space before the colon', bytes: get(s, 'X-Evil : 1'), status: 400 },
  { name: 'a folded header', bytes: get(s, 'X-Fold: a\r\n b'), status: [200, 400] },
  { name: 'a NUL in a header', bytes: get(s, 'X-Nul: a\0b'), status: 400 },
  { name: 'a bare carriage return in a header', bytes: get(s, 'X-Cr: a\rX-Injected: b'), status: 400 },
  { name: 'a bare line feed in a header', bytes: get(s, 'X-Lf: a\nX-Injected: b'), status: 400 },
  { name: 'Proxy', bytes: get(s, 'Proxy: http://evil'), status: 200, told: { forged: [] } },
  { name: 'Content_Length', bytes: get(s, 'Content_Length: 5'), status: 200, told: { forged: [] } },
  { name: '30 KiB of headers', bytes: get(s, `X-Large: ${'x'.repeat(30_000)}`), status: 431 },
  { name: '1500 headers', bytes: get(s, ...Array.from({ length: 1500 }, (_, at) => `a${at}: `)), status: [200, 431] },
  { name: 'a header name of 5000 bytes', bytes: get(s, `${'x'.repeat(5000)}: 1`), status: 200 },
  { name: 'a cookie of 14 KiB', bytes: get(s, `Cookie: a=${'b'.repeat(14_000)}`), status: 200, told: { cookies: 1 } },
  {
    name: '3000 cookies',
    bytes: get(s, `Cookie: ${Array.from({ length: 3000 }, (_, at) => `${at}=`).join(';')}`),
    status: [200, 431],
  },
  { name: 'cookies of nonsense', bytes: get(s, 'Cookie: =;;=x; a[b[c]=1; __Host-x=1; %00=1; \xff=\xfe'), status: 200 },
  {
    name: 'GLOBALS in a cookie',
    bytes: get(s, 'Cookie: GLOBALS[evil]=1; _SERVER[x]=1'),
    status: 200,
    told: { globals: false },
  },
  { name: 'credentials that are no base64', bytes: get(s, 'Authorization: Basic !!!'), status: 200 },
  { name: 'broken digest credentials', bytes: get(s, 'Authorization: Digest username="'), status: 200 },
  // Query strings
  { name: 'GLOBALS in the query', bytes: get(`${s}?GLOBALS[evil]=1&evil=1`), status: 200, told: { globals: false } },
  { name: '2000 variables', bytes: get(`${s}?${'a[]=1&'.repeat(2000)}`), status: 200, told: { get: 1001 } },
  { name: 'brackets a thousand deep', bytes: get(`${s}?a${'[x]'.repeat(1000)}=1`), status: 200 },
  { name: 'unbalanced brackets', bytes: get(`${s}?a[[=1&]b=2&[c]=3&=4`), status: 200 },
  // Lengths and framing
  {
    name: 'two lengths that differ',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: 5', 'Content-Length: 6', close], 'hello!'),
    status: 400,
  },
  {
    name: 'two lengths that agree',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: 5', 'Content-Length: 5', close], 'hello'),
    status: 400,
  },
  {
    name: 'a list of lengths',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: 5, 5', close], 'hello'),
    status: 400,
  },
  { name: 'a negative length', bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: -1', close]), status: 400 },
  {
    name: 'a length with a sign',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: +5', close], 'hello'),
    status: 400,
  },
  {
    name: 'a length in hex',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: 0x5', close], 'hello'),
    status: 400,
  },
  {
    name: 'a length beyond 64 bits',
    bytes: request(`POST ${s} HTTP/1.1`, [`Content-Length: ${'9'.repeat(30)}`, close]),
    status: 400,
  },
  {
    name: 'a huge length and nothing',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: 9007199254740991']),
    status: 408,
  },
  {
    name: 'length and chunks',
    bytes: request(`POST ${s} HTTP/1.1`, ['Content-Length: 5', 'Transfer-Encoding: chunked', close], '0\r\n\r\n'),
    status: 400,
  },
  {
    name: 'chunks, disguised',
    bytes: request(`POST ${s} HTTP/1.1`, ['Transfer-Encoding: xchunked', close], '0\r\n\r\n'),
    status: 400,
  },
  {
    name: 'chunks, twice',
    bytes: request(`POST ${s} HTTP/1.1`, ['Transfer-Encoding: chunked, identity', close], '0\r\n\r\n'),
    status: 400,
  },
  {
    name: 'a chunk size of nonsense',
    bytes: request(`POST ${s} HTTP/1.1`, ['Transfer-Encoding: chunked', close], 'xyz\r\n\r\n'),
    status: 400,
  },
  {
    name: 'a chunk size beyond 64 bits',
    bytes: request(`POST ${s} HTTP/1.1`, ['Transfer-Encoding: chunked', close], `${'f'.repeat(20)}\r\n`),
    status: 400,
  },
  {
    name: 'a chunk that is shorter than it says',
    bytes: request(`POST ${s} HTTP/1.1`, ['Transfer-Encoding: chunked'], '5\r\nhi'),
    status: 408,
  },
  {
    name: 'a chunk with a huge extension',
    bytes: request(
      `POST ${s} HTTP/1.1`,
      ['Transfer-Encoding: chunked', close],
      `1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    ),
    status: [200, 413],
  },
  {
    name: 'trailers of nonsense',
    bytes: request(`POST ${s} HTTP/1.1`, ['Transfer-Encoding: chunked', close], '0\r\nX-Injected: 1\r\n\r\n'),
    status: 200,
    told: { forged: [], input: 0 },
  },
  {
    name: 'a request hidden in a body',
    bytes: post(s, 'GET /.env HTTP/1.1\r\nHost: x\r\n\r\n'),
    status: 200,
    told: { input: 31 },
  },
  {
    name: 'an upgrade',
    bytes: get(s, 'Upgrade: h2c', 'HTTP2-Settings: x').replace(close, 'Connection: Upgrade, close'),
    status: 200,
  },
  { name: "HTTP/2's preface", bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400 },
  // Forms and uploads
  {
    name: 'a form over post_max_size',
    bytes: post(s, `a=${'x'.repeat(1_500_000)}`, 'Content-Type: application/x-www-form-urlencoded'),
    status: 200,
    told: { post: 0 },
  },
  {
    name: 'a form of 5000 variables',
    bytes: post(s, 'a[]=1&'.repeat(5000), 'Content-Type: application/x-www-form-urlencoded'),
    status: 200,
    told: { post: 1002 },
  },
  {
    name: 'a form of NULs',
    bytes: post(s, '\0=\0&a%00b=%00', 'Content-Type: application/x-www-form-urlencoded'),
    status: 200,
  },
  {
    name: 'a multipart body without a boundary',
    bytes: post(s, 'x', 'Content-Type: multipart/form-data'),
    status: 200,
  },
  {
    name: 'an endless boundary',
    bytes: post(s, 'x', `Content-Type: multipart/form-data; boundary=${'b'.repeat(10_000)}`),
    status: 200,
  },
  {
    name: 'a boundary in quotes that never end',
    bytes: post(s, 'x', 'Content-Type: multipart/form-data; boundary="x'),
    status: 200,
  },
  { name: 'a multipart body that never ends', bytes: post(s, part('name="a"').slice(0, -5), BOUNDARY), status: 200 },
  { name: 'a part without headers', bytes: post(s, '--B\r\n\r\nx\r\n--B--\r\n', BOUNDARY), status: 200 },
  {
    name: 'a part whose headers never end',
    bytes: post(s, `--B\r\n${'X: y\r\n'.repeat(20_000)}`, BOUNDARY),
    status: 200,
  },
  {
    name: 'a file name that climbs',
    bytes: post(s, multipart(part('name="f"; filename="../../../../tmp/evil.php"')), BOUNDARY),
    status: 200,
    told: { files: { f: 'evil.php' } },
  },
  {
    name: 'a file name with a NUL',
    bytes: post(s, multipart(part('name="f"; filename="evil.php\0.txt"')), BOUNDARY),
    status: 200,
  },
  {
    name: 'a field that names itself tmp_name',
    bytes: post(
      s,
      multipart(part('name="f[tmp_name]"; filename="x"'), part('name="f[tmp_name][]"; filename="y"')),
      BOUNDARY,
    ),
    status: 200,
  },
  {
    name: 'unbalanced brackets in a field',
    bytes: post(s, multipart(part('name="f[[x"; filename="x"'), part('name="][f"; filename="y"')), BOUNDARY),
    status: 200,
  },
  {
    name: 'a thousand files',
    bytes: post(
      s,
      multipart(...Array.from({ length: 1000 }, (_, at) => part(`name="f${at}"; filename="x"`))),
      BOUNDARY,
    ),
    status: 200,
  },
  {
    name: 'two thousand fields',
    bytes: post(s, multipart(...Array.from({ length: 2000 }, (_, at) => part(`name="f${at}"`))), BOUNDARY),
    status: 200,
  },
  {
    name: 'a file over upload_max_filesize',
    bytes: post(s, multipart(part('name="f"; filename="x"', 'x'.repeat(200_000))), BOUNDARY),
    status: 200,
    told: { files: { f: 'x' } },
  },
  {
    name: 'multipart in multipart',
    bytes: post(
      s,
      multipart(part('name="a"', '--C\r\n\r\nx\r\n--C--', 'Content-Type: multipart/mixed; boundary=C\r\n')),
      BOUNDARY,
    ),
    status: 200,
  },
  {
    name: 'MAX_FILE_SIZE beyond reason',
    bytes: post(s, multipart(part('name="MAX_FILE_SIZE"', '9'.repeat(40)), part('name="f"; filename="x"')), BOUNDARY),
    status: 200,
  },
  { name: 'a content type of 10 KiB', bytes: post(s, 'x', `Content-Type: ${'x/'.repeat(5000)}`), status: 200 },
  {
    name: 'a body where none belongs',
    bytes: request(`GET ${s} HTTP/1.1`, ['Content-Length: 5', close], 'hello'),
    status: 200,
    told: { input: 5 },
  },
];

const uploads = () => readdirSync(tmpdir()).filter((name) => /^php[A-Za-z0-9]{6}$|^php-sidekick-/.test(name));
const crashes = () => lines.all.filter(({ message }) => /crashed|Segmentation|thread/.test(message));

describe.each(modes)('%s mode', (mode) => {
  const script = `/${mode}.php`;
  const table = attacks(script);
  const left = uploads();

  it('W03 there are more than 60 of them', () => {
    expect(table.length).toBeGreaterThan(60);
  });

  it.each(table)('W03 $name', async ({ bytes, status, told }) => {
    const client = front.raw(bytes);
    const received = await client.closed;
    expect([status].flat()).toContain(client.statuses[0] ?? 0);
    expect(received).not.toContain('SECRET');
    expect(received).not.toMatch(/root:.*:0:0/);
    expect(received).not.toContain('OUTSIDE');
    const body = received.slice(received.indexOf('\r\n\r\n') + 4);
    if (told !== undefined) expect(JSON.parse(body)).toMatchObject(told);
    expect(client.statuses.length).toBeLessThan(2);
  });

  describe('clients that are slow, or leave', () => {
    const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
      [
        'sends its head a byte at a time, and leaves',
        async () => {
          const client = front.raw();
          for (const letter of get(script).slice(0, 40)) client.write(letter);
          client.socket.end();
          await client.closed;
        },
      ],
      [
        'leaves in the middle of its body',
        async () => {
          const client = front.raw(request(`POST ${script} HTTP/1.1`, ['Content-Length: 1000'], 'x'));
          await new Promise((resolve) => client.socket.once('connect', resolve));
          client.destroy();
          await client.closed;
        },
      ],
      [
        'resets in the middle of an upload',
        async () => {
          const client = front.raw(
            request(
              `POST ${script} HTTP/1.1`,
              [BOUNDARY, 'Content-Length: 900000'],
              part('name="f"; filename="x"', 'x'.repeat(300_000)),
            ),
          );
          await new Promise((resolve) => client.socket.once('connect', resolve));
          client.socket.resetAndDestroy();
          await client.closed;
        },
      ],
      [
        'closes its half and waits',
        async () => {
          const client = front.raw(get(script));
          client.socket.end();
          await client.closed; // Node takes it for a client that leaves
        },
      ],
      [
        'asks twenty times at once and leaves',
        async () => {
          const client = front.raw(request(`GET ${script} HTTP/1.1`).repeat(20));
          await client.has('200 OK');
          client.destroy();
          await client.closed;
        },
      ],
      [
        'sends a body nobody asked for after its request',
        async () => {
          const client = front.raw(`${request(`GET ${script} HTTP/1.1`)}garbage garbage\r\n\r\n`);
          await client.closed;
          expect(client.statuses.at(-1)).toBe(400);
        },
      ],
    ];
    it.each(attempts)('W04 one that %s', async (_what, attempt) => {
      await attempt();
      expect((await fetch(front.origin + script)).status).toBe(200);
    });
  });

  it('W03 leaves no thread held, no worker crashed, no file behind', async () => {
    await expect.poll(() => php.status().threads.every(({ busy, state }) => !busy && state === 'ready')).toBe(true);
    expect(crashes()).toEqual([]);
    expect(
      php
        .status()
        .threads.filter(({ kind }) => kind === 'http')
        .map(({ generation }) => generation),
    ).toEqual([1]);
    await expect.poll(() => uploads().filter((name) => !left.includes(name))).toEqual([]);
    const response = await fetch(front.origin + script);
    expect([response.status, response.headers.get('x-handled')]).toEqual([200, 'yes']);
  });
});

describe('HTTP/2', () => {
  it('W03 takes no header that would be one of the connection, and none from the request line', async () => {
    const server = createHttp2(app.listener as never).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ask = async (headers: Record<string, string>) => {
      const stream = session.request({ ':path': '/classic.php', ...headers });
      const status = await new Promise((resolve) => {
        stream.once('response', (head) => resolve(head[':status']));
        stream.once('error', () => resolve('reset'));
        stream.once('close', () => resolve('closed'));
      });
      let text = '';
      stream.on('data', (chunk) => (text += chunk));
      await new Promise((resolve) => (stream.closed ? resolve(undefined) : stream.once('close', resolve)));
      return [status, text] as const;
    };
    for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/.env', '/classic.php/../../secret.txt']) {
      const [status, text] = await ask({ ':path': path });
      expect([status, text.includes('SECRET')]).toEqual([200, false]);
    }
    expect((await ask({ ':path': '/a%00b' }))[0]).toBe(400);
    expect(['reset', 400]).toContain((await ask({ ':authority': '<evil>' }))[0]);
    expect((await ask({ proxy: 'http://evil' }))[1]).toContain('"forged":[]');
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
