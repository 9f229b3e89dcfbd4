import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  Agent,
  createServer as createHttp,
  request as httpRequest,
  type IncomingMessage,
  type Server,
} from 'node:http';
import { connect, createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Raw, request, scripts } from './support/http.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;
let folder: string;
let tls: { key: Buffer; cert: Buffer };
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidekick-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  tls = { key: readFileSync(key), cert: readFileSync(cert) };
  php = await Runtime.start({ threads: 2 });
  const root = fixture('frameworks');
  const workers = [{ file: `${root}/worker.php`, num: 2 }];
  app = await php.createScope({ name: 'frameworks', root, index: ['classic.php'], workers });
});
afterAll(async () => {
  for (const end of ends) await end();
  await php.stop();
  rmSync(folder, { recursive: true });
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ends.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

type Told = Record<string, unknown>;
const form = () => ({ method: 'POST', body: new URLSearchParams({ a: 'b' }) });

describe.each(scripts)('J07 scope.listener, %s mode', (mode, script) => {
  it('under node:http, on one connection: keep-alive and pipelining', async () => {
    const port = await listening(createHttp(app.listener));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let time = 0; time < 3; time++) {
      const response = await new Promise<IncomingMessage>((resolve) =>
        httpRequest({ port, path: script, agent }, resolve).end(),
      );
      ports.add(response.socket.localPort);
      expect(JSON.parse(await bodyOf(response))).toMatchObject({ method: 'GET', script, protocol: 'HTTP/1.1' });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
    const many = Array.from({ length: 20 }, (_, at) =>
      request(`GET ${script}/${at} HTTP/1.1`, at === 19 ? ['Connection: close'] : []),
    );
    const received = await new Raw(port, many.join('')).closed;
    const paths = [...received.matchAll(/"path":"\\\/(\d+)"/g)].map((match) => Number(match[1]));
    expect(paths).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('under node:http: chunked bodies, Expect: 100-continue, trailers', async () => {
    const port = await listening(createHttp(app.listener));
    const chunked = '5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: evil\r\n\r\n';
    const headers = ['Transfer-Encoding: chunked', 'Trailer: X-Trailer', 'Connection: close'];
    const received = await new Raw(port, request(`POST ${script}?do=server HTTP/1.1`, headers, chunked)).closed;
    const server = JSON.parse(received.slice(received.indexOf('{'), received.lastIndexOf('}') + 1)) as Told;
    expect(server).toMatchObject({ CONTENT_LENGTH: '11', HTTP_TRANSFER_ENCODING: 'chunked' });
    expect(server['HTTP_X_TRAILER']).toBeUndefined();

    const careful = new Raw(
      port,
      request(`POST ${script} HTTP/1.1`, ['Content-Length: 5', 'Expect: 100-continue', 'Connection: close']),
    );
    await careful.has('HTTP/1.1 100 Continue\r\n\r\n');
    careful.write('hello');
    expect(await careful.closed).toContain('"body":5');
    expect(
      await new Raw(port, request(`GET ${script} HTTP/1.1`, ['Expect: miracles', 'Connection: close'])).closed,
    ).toMatch(/^HTTP\/1\.1 417 /);
  });

  it('under node:https, with the connection told to PHP', async () => {
    const port = await listening(createHttps(tls, app.listener));
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      httpsRequest({ host: '127.0.0.1', port, path: script, ca: tls.cert }, resolve).on('error', reject).end(),
    );
    const told = JSON.parse(await bodyOf(response)) as Told;
    expect(told).toMatchObject({ https: 'on', port: String(port) });
    expect((told['tls'] as string[])[0]).toMatch(/^TLSv1\.[23]$/);
    expect((told['tls'] as string[])[1]).toMatch(/^[A-Z0-9_-]+$/);
  });

  it.each(['http2', 'http2 over TLS'])('under node:%s', async (kind) => {
    const server =
      kind === 'http2' ? createHttp2(app.listener as never) : createSecureServer(tls, app.listener as never);
    const port = await listening(server as unknown as Server);
    const scheme = kind === 'http2' ? 'http' : 'https';
    const session = connect(`${scheme}://127.0.0.1:${port}`, { ca: tls.cert });
    const ask = async (path: string, body?: string): Promise<Told> => {
      const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' });
      stream.end(body);
      let text = '';
      for await (const chunk of stream) text += chunk;
      return JSON.parse(text) as Told;
    };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(`${script}/${at}`, 'x'.repeat(at))));
    expect(answers.map(({ path, body }) => [path, body])).toEqual(answers.map((_, at) => [`/${at}`, at]));
    expect(await ask(script)).toMatchObject({ protocol: 'HTTP/2.0', https: scheme === 'https' ? 'on' : '' });
    await new Promise<void>((resolve) => session.close(() => resolve()));
  });

  it('in express, mounted under a path, beside its own routes and headers', async () => {
    const site = express();
    site.get('/own', (_request, response) => void response.send('own'));
    site.use('/blog', app.listener as express.RequestHandler);
    const port = await listening(createHttp(site));
    const origin = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${origin}/own`)).text()).toBe('own');
    const response = await fetch(`${origin}/blog${script}/x?y=1`, form());
    expect([response.status, response.headers.get('x-php'), response.headers.get('x-powered-by')]).toEqual([
      201,
      'yes',
      expect.stringContaining('PHP'),
    ]);
    expect(await response.json()).toMatchObject({
      uri: `/blog${script}/x?y=1`,
      script: `/blog${script}`,
      self: `/blog${script}/x`,
      path: '/x',
      post: { a: 'b' },
    });
    const cookies = await fetch(`${origin}/blog${script}?do=cookies`);
    expect(cookies.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('in express, after somebody else has read the body: without it, but not for ever', async () => {
    const site = express();
    site.use(express.json());
    site.use(app.listener as express.RequestHandler);
    const port = await listening(createHttp(site));
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' };
    expect(await (await fetch(`http://127.0.0.1:${port}${script}`, init)).json()).toMatchObject({ body: 0 });
  });

  it('in Fastify', async () => {
    const site = fastify();
    site.get('/own', async () => 'own');
    site.removeAllContentTypeParsers();
    site.addContentTypeParser('*', (_request, _payload, done) => done(null));
    site.all('/*', (request, reply) => {
      reply.hijack();
      app.listener(request.raw, reply.raw);
    });
    await site.listen({ port: 0, host: '127.0.0.1' });
    ends.push(() => site.close());
    const origin = `http://127.0.0.1:${(site.server.address() as AddressInfo).port}`;
    expect(await (await fetch(`${origin}/own`)).text()).toBe('own');
    const response = await fetch(`${origin}${script}/x?y=1`, form());
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ uri: `${script}/x?y=1`, path: '/x', post: { a: 'b' } });
  });

  it("in Fastify's inject(), whose requests have no connection", async () => {
    const site = fastify();
    site.removeAllContentTypeParsers();
    site.addContentTypeParser('*', (_request, _payload, done) => done(null));
    site.all('/*', (request, reply) => {
      reply.hijack();
      app.listener(request.raw, reply.raw);
    });
    const got = await site.inject({ url: `${script}/x?do=server`, headers: { 'x-some': 'thing' } });
    expect([got.statusCode, got.json<Told>()['HTTP_X_SOME']]).toEqual([200, 'thing']);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const sent = await site.inject({ method: 'POST', url: script, headers, payload: 'a=b' });
    expect([sent.statusCode, sent.json<Told>()['post']]).toEqual([201, { a: 'b' }]);
  });

  it('in Koa', async () => {
    const site = new Koa();
    site.use(async (context, next) => {
      if (context.path === '/own') context.body = 'own';
      else await next();
    });
    site.use((context) => {
      context.respond = false;
      app.listener(context.req, context.res);
    });
    const port = await listening(createHttp(site.callback()));
    expect(await (await fetch(`http://127.0.0.1:${port}/own`)).text()).toBe('own');
    const response = await fetch(`http://127.0.0.1:${port}${script}`, form());
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ script, post: { a: 'b' } });
    const source = await fetch(`http://127.0.0.1:${port}/handle.php.txt`);
    expect(await source.json()).toMatchObject({ script: '/classic.php' });
  });

  it('J07 in Hono, through scope.fetch', async () => {
    const site = new Hono();
    site.get('/own', (context) => context.text('own'));
    site.all('*', (context) => app.fetch(context.req.raw));
    expect(await (await site.request('/own')).text()).toBe('own');
    const response = await site.request(`${script}/x`, form());
    expect([response.status, mode]).toEqual([201, mode]);
    expect(await response.json()).toMatchObject({ path: '/x', post: { a: 'b' } });
  });
});
