// Requests that reach the listener, or wait for their turn behind others on one connection, when their client is gone.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ClientHttp2Session, connect, createServer as createHttp2, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Front, request, scripts } from './support/http.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  php = await Runtime.start({ threads: 1 });
  const root = fixture('bodies');
  app = await php.createScope({ name: 'departed', root, workers: [{ file: `${root}/worker.php`, num: 1 }] });
});
afterAll(async () => {
  for (const end of ends) await end();
  await php.stop();
});

const busy = () => php.status().threads.filter((thread) => thread.busy).length;
const idle = () => expect.poll(busy, { timeout: 10_000 }).toBe(0);

async function listen(listener: RequestListener): Promise<Front> {
  const front = await Front.listen(listener);
  ends.push(() => front.close());
  return front;
}

/** Hands requests to the application only once their connection, or stream, is closed; settles when one has been. */
function late(): { listener: (request: IncomingMessage, response: ServerResponse) => void; handed: Promise<void> } {
  let listener = (_request: IncomingMessage, _response: ServerResponse): void => {};
  const handed = new Promise<void>((resolve) => {
    listener = (message, response) => {
      const closing = (message as unknown as Http2ServerRequest).stream ?? message.socket;
      closing.once('close', () => {
        app.listener(message, response);
        resolve();
      });
    };
  });
  return { listener: (message, response) => listener(message, response), handed };
}

describe.each(scripts)('%s mode', (_mode, script) => {
  const large = `${script}?do=send&bytes=50000000`;
  /** The only thread there is serves others. */
  const goesOn = async () => {
    const response = await app.fetch(new Request(`http://localhost${script}?do=ignore`));
    expect(await response.text()).toBe('"ignored"');
  };

  it('W04 pipelined responses that wait for their turn end with their connection', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const front = await listen((message, response) => {
      if (message.url !== '/never') app.listener(message, response);
    });
    const client = front.raw(
      request('GET /never HTTP/1.1') + Array.from({ length: 12 }, () => request(`GET ${large} HTTP/1.1`)).join(''),
    );
    await expect.poll(busy).toBe(1);
    client.destroy();
    await idle();
    await goesOn();
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['', 0],
    ['with a body', 10],
  ])('W04 a client that left before its request got to the listener holds no thread %s', async (_what, bytes) => {
    const { listener, handed } = late();
    const front = await listen(listener);
    const head = bytes === 0 ? `GET ${large} HTTP/1.1` : `POST ${large} HTTP/1.1`;
    const client = front.raw(request(head, bytes === 0 ? [] : [`Content-Length: ${bytes}`], 'x'.repeat(bytes)));
    await new Promise((resolve) => client.socket.once('connect', resolve));
    client.socket.end();
    await handed;
    await goesOn();
    await idle();
  });

  it('W04 so does one that left while its request waited behind another', async () => {
    const { listener, handed } = late();
    const front = await listen((message, response) => {
      if (message.url !== '/never') listener(message, response);
    });
    const client = front.raw(request('GET /never HTTP/1.1') + request(`GET ${large} HTTP/1.1`));
    await new Promise((resolve) => client.socket.once('connect', resolve));
    client.socket.end();
    await handed;
    await goesOn();
    await idle();
  });

  it('W04 so does an HTTP/2 stream that was given up before', async () => {
    const { listener, handed } = late();
    const server = createHttp2(listener as never).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const session: ClientHttp2Session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    ends.push(() => server.close());
    ends.push(() => session.destroy());
    const stream = session.request({ ':path': large });
    stream.on('error', () => {});
    server.once('stream', () => stream.close(8));
    await handed;
    await goesOn();
    await idle();
  });
});
