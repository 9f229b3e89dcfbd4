import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer as createHttp2 } from 'node:http2';
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
const lines = new Lines();
const folder = mkdtempSync(join(tmpdir(), 'sidekick-functions-'));
let files = 0;
const newFile = () => join(folder, String(++files));

beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: lines, ini: { display_errors: 1, html_errors: 0 } });
  const root = fixture('http-functions');
  app = await php.createScope({ name: 'functions', root, workers: [{ file: `${root}/worker.php`, num: 2 }] });
  front = await Front.listen(app.listener);
});
afterAll(async () => {
  await front.close();
  await php.stop();
  rmSync(folder, { recursive: true });
});

const entrances: readonly ((path: string) => Promise<Response>)[] = [
  (path) => fetch(front.origin + path),
  (path) => app.fetch(new Request(`http://localhost${path}`)),
];

/** What the script wrote to a file, as soon as it is there. */
async function written(file: string): Promise<unknown> {
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toBeTruthy();
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe.each(scripts)('%s mode', (_mode, script) => {
  const url = (query: string) => `${script}?do=${query}`;
  const get = (query: string, headers: readonly string[] = ['Connection: close'], method = 'GET') =>
    front.raw(request(`${method} ${url(query)} HTTP/1.1`, headers));

  it('W05 flush() sends what there is', async () => {
    const file = newFile();
    const client = get(`flush&file=${file}`);
    for (let part = 0; part < 3; part++) {
      await client.has(`part ${part};`);
      expect(client.received).not.toContain(`part ${part + 1};`);
      writeFileSync(file + part, '');
    }
    await client.closed;
  });

  it('W05 headers_send(103) sends early hints, and the response its own headers', async () => {
    const received = await get('hints').closed;
    const [first, second, final] = received.split('\r\n\r\n');
    expect(first).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload; as=style/i);
    expect(first).toMatch(/x-hint: one/i);
    expect(second).toMatch(/^HTTP\/1\.1 103 .*style\.css.*app\.js/s);
    expect(final).toMatch(/^HTTP\/1\.1 201 Created/);
    expect(received).toContain('[1,201,false]');
  });

  it('W05 headers_send() sends the headers of the response, and no hints after those', async () => {
    expect(await get('headers-send').closed).toMatch(/^HTTP\/1\.1 202 .*X-Early: yes.*sent/s);
    const late = await get('hints-late').closed;
    expect([late.includes('103 Early'), late.startsWith('HTTP/1.1 200')]).toEqual([false, true]);
  });

  it('W05 what cannot be told as a hint is left out', async () => {
    expect(await get('no-link').closed).toMatch(/^(HTTP\/1\.1 102 Processing\r\n\r\n)?HTTP\/1\.1 200 OK.*fine/s);
    expect(await get('final-103').closed).toMatch(/^HTTP\/1\.1 500 .*never informational/s);
    const old = await front.raw(`GET ${url('hints')} HTTP/1.0\r\nHost: x\r\n\r\n`).closed;
    expect(old).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('W05 frankenphp_finish_request() ends the response, and the script goes on', async () => {
    const file = newFile();
    const response = await fetch(front.origin + url(`finish&file=${file}`), { method: 'POST', body: 'x'.repeat(100) });
    expect([response.headers.get('x-before'), response.headers.get('x-after'), await response.text()]).toEqual([
      'yes',
      null,
      'answer',
    ]);
    const [first, second, status, , sent] = (await written(file)) as unknown[];
    expect([first, second, status, sent]).toEqual([true, false, 0, true]);
  });

  it.each(['', '1'])('W05 flush() after frankenphp_finish_request() with the client gone: wait=%s', async (wait) => {
    const file = newFile();
    const client = get(`finish-gone&wait=${wait}&file=${file}`, []);
    if (wait === '') await client.has('200 OK');
    else await expect.poll(() => php.status().threads.some((thread) => thread.busy)).toBe(true);
    client.destroy();
    await client.closed;
    writeFileSync(`${file}.gone`, '');
    expect([0, 1]).toContain(await written(file));
    expect((await fetch(front.origin + url(''))).status).toBe(200);
  });

  it.each([1, 0])('W05 a client that leaves is seen; ignore_user_abort(%i)', async (ignore) => {
    const file = newFile();
    const client = get(`abort&ignore=${ignore}&file=${file}`);
    await client.has('started');
    client.destroy();
    await expect.poll(() => php.status().threads.every((thread) => !thread.busy), { timeout: 15_000 }).toBe(true);
    if (_mode === 'classic') expect(await written(file)).toEqual([1, 1]);
    expect(existsSync(`${file}.on`)).toBe(ignore === 1);
    expect((await fetch(front.origin + url(''))).status).toBe(200);
  });

  it('W05 frankenphp_request_headers() has canonical names, and joins what came several times', async () => {
    const received = await get('request-headers', [
      'x-some-thing: 1',
      'X-SOME-thing: 2',
      'x_under: u',
      'Connection: close',
    ]).closed;
    const [headers, same] = JSON.parse(received.split('\r\n\r\n')[1]!) as [Record<string, string>, boolean];
    expect([headers['X-Some-Thing'], headers['Host'], same]).toEqual(['1, 2', 'localhost', true]);
  });

  it('W05 frankenphp_response_headers() has what is set so far', async () => {
    const received = await get('response-headers').closed;
    const [headers, same] = JSON.parse(received.split('\r\n\r\n')[1]!) as [Record<string, string>, boolean];
    expect(headers).toMatchObject({ 'X-One': '1', 'x-two': '2', 'X-Three': 'a: b' });
    expect([same, Object.keys(headers).some((name) => name.startsWith('HTTP'))]).toEqual([true, false]);
  });

  it('W05 frankenphp_log() writes a line with its fields, labelled by the host', async () => {
    const before = lines.all.length;
    const response = await fetch(front.origin + url('log'));
    expect(await response.text()).toMatch(/^Failed to log message: converting attrs: /);
    await expect.poll(() => lines.all.slice(before).some(({ message }) => message.startsWith('bytes'))).toBe(true);
    const told = lines.all.slice(before).map(({ level, message, fields }) => [level, message, fields['who'] ?? null]);
    expect(told).toEqual([
      ['info', 'plain', null],
      ['debug', 'debug', null],
      ['warn', 'warn', 'me'],
      ['error', 'error', null],
      ['error', 'beyond', null],
      ['info', 'between', null],
      ['info', 'bytes \ufffd', null],
    ]);
    const { fields } = lines.all.slice(before)[2]!;
    expect(fields['list']).toEqual([1, 2, null]);
    expect([fields['scope'], fields['worker']]).not.toContain('forged');
  });

  it.each([
    ['length=10', 200, '10', 'ten bytes.'],
    ['length=3', 200, '10', 'ten bytes.'],
    ['length=100', 200, '10', 'ten bytes.'],
    ['length=x', 200, '10', 'ten bytes.'],
    ['length=-1', 200, '10', 'ten bytes.'],
  ])('W05 a wrong Content-Length of a whole response is put right: %s', async (query, status, length, body) => {
    for (const send of entrances) {
      const response = await send(`${url('length')}&${query}`);
      expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
        status,
        length,
        body,
      ]);
    }
  });

  it('W05 a response that is longer than it said is cut, a shorter one is seen to be cut', async () => {
    for (const send of entrances) {
      const long = await send(`${url('length')}&length=12&flush=1&more=abcdef`);
      expect([long.headers.get('content-length'), await long.text()]).toEqual(['12', 'ten bytes.ab']);
      const short = await send(`${url('length')}&length=100&flush=1&more=abc`);
      await expect(short.text()).rejects.toBeDefined();
    }
    const client = get('length&length=100&flush=1&more=abc', []);
    expect(await client.closed).toMatch(/Content-Length: 100.*ten bytes\.abc$/is);
  });

  it.each([204, 304])('W05 status %i has neither body nor length', async (status) => {
    const received = await get(`status&status=${status}`).closed;
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(received).not.toMatch(/content-length|transfer-encoding|a body/i);
  });

  it('W05 HEAD gets the headers of GET and no body, on a connection that goes on', async () => {
    const client = get('length&length=10', [], 'HEAD');
    await client.has('\r\n\r\n');
    client.write(request(`GET ${url('status&status=200')} HTTP/1.1`, ['Connection: close']));
    const received = await client.closed;
    expect(client.statuses).toEqual([200, 200]);
    expect(received).toMatch(/Content-Length: 10\r\n/i);
    expect(received.match(/ten bytes/g)).toBeNull();
  });

  it('W05 headers that would break the response are left out', async () => {
    const received = await get('injection').closed;
    expect(received).toMatch(/X-Good: yes/);
    expect(received).not.toMatch(/X-Injected|X-Nul|Bad Name/);
    expect(received.match(/transfer-encoding/gi)?.length ?? 0).toBe(0);
  });
});

describe('HTTP/2', () => {
  it.each(scripts)('W05 serves requests, bodies and early hints in %s mode', async (_mode, script) => {
    const server = createHttp2(app.listener as never).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ask = async (headers: Record<string, string>, body?: string) => {
      const stream = session.request({ ':path': `${script}?do=hints`, ...headers });
      const hints: unknown[] = [];
      stream.on('headers', (informational: Record<string, unknown>) => hints.push(informational[':status']));
      stream.end(body);
      const head = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
      let text = '';
      for await (const chunk of stream) text += chunk;
      return { status: head[':status'], head, text, hints };
    };
    expect(await ask({})).toMatchObject({ status: 201, text: '[1,201,false]', hints: [103, 103] });
    const upload = await ask({ ':method': 'POST', ':path': `${script}?do=request-headers` }, 'x'.repeat(100_000));
    expect(JSON.parse(upload.text)[0]).toMatchObject({ 'Content-Length': '100000' });
    expect(await ask({ ':method': 'HEAD', ':path': `${script}?do=status&status=200` })).toMatchObject({ text: '' });
    expect(await ask({ ':path': `${script}?do=status&status=204` })).toMatchObject({ status: 204, text: '' });
    const host = await ask({ ':path': `${script}?do=request-headers`, ':authority': 'real', host: 'forged' });
    expect(JSON.parse(host.text)[0]['Host']).toBe('real');
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
