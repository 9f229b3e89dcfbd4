import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { scripts } from './support/http.js';
import { fixture } from './support/modes.js';

const CANCEL = 8; // NGHTTP2_CANCEL
let php: Runtime;
let app: Scope;
let server: Http2Server;
const sessions: ClientHttp2Session[] = [];

beforeAll(async () => {
  php = await Runtime.start({ threads: 1 });
  const root = fixture('bodies');
  const workers = [{ file: `${root}/worker.php`, num: 1 }];
  app = await php.createScope({ name: 'http2', root, bodyTimeout: 300, workers });
  server = createServer(app.listener as never).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(async () => {
  for (const session of sessions) session.destroy();
  await new Promise((resolve) => server.close(resolve));
  await php.stop();
});

function open(): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => {});
  sessions.push(session);
  return session;
}
function request(session: ClientHttp2Session, headers: Record<string, string>) {
  const stream = session.request(headers);
  stream.on('error', () => {});
  return stream;
}
const idle = () => expect.poll(() => php.status().threads.some(({ busy }) => busy), { timeout: 10_000 }).toBe(false);
async function goesOn(script: string): Promise<void> {
  await idle();
  let text = '';
  for await (const chunk of request(open(), { ':path': `${script}?do=ignore` })) text += chunk;
  expect(text).toBe('"ignored"');
}

describe.each(scripts)('%s mode', (_mode, script) => {
  const ways = ['stream', 'session'] as const;

  it.each(ways.flatMap((way) => [10, 300_000, 3_000_000].map((bytes) => [way, bytes] as const)))(
    'W05 an HTTP/2 upload that is given up holds nothing: %s, after %i bytes',
    async (way, bytes) => {
      const session = open();
      const stream = request(session, { ':path': script, ':method': 'POST', 'content-length': '100000000' });
      await new Promise((resolve) => stream.write(Buffer.alloc(Math.min(bytes, 60_000)), resolve));
      stream.write(Buffer.alloc(bytes));
      if (way === 'stream') stream.close(CANCEL);
      else session.destroy();
      await goesOn(script);
    },
  );

  it.each(ways)('W05 an HTTP/2 download that is given up ends its script: %s', async (way) => {
    const session = open();
    const stream = request(session, { ':path': `${script}?do=send&bytes=50000000` });
    await new Promise((resolve) => stream.once('response', resolve));
    if (way === 'stream') stream.close(CANCEL);
    else session.destroy();
    await goesOn(script);
  });

  it('W07 an HTTP/2 client that stops sending is answered 408, one that stops reading loses its stream', async () => {
    const sender = request(open(), { ':path': script, ':method': 'POST', 'content-length': '100000000' });
    sender.write('x');
    const status = await new Promise((resolve) => sender.once('response', (head) => resolve(head[':status'])));
    expect(status).toBe(408);
    const reader = request(open(), { ':path': `${script}?do=send&bytes=50000000` });
    await new Promise((resolve) => reader.once('response', resolve));
    reader.pause();
    await goesOn(script);
  });
});
