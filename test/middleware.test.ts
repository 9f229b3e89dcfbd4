// What middleware before the listener does to a request is what PHP sees.
import type { IncomingMessage } from 'node:http';
import { connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Front, request, scripts } from './support/http.js';
import { fixture } from './support/modes.js';

const root = fixture('server-variables');
let php: Runtime;
let app: Scope;
let front: Front;
let middleware: (request: IncomingMessage) => void;

beforeAll(async () => {
  php = await Runtime.start({ threads: 1 });
  app = await php.createScope({ name: 'middleware', root, workers: [{ file: `${root}/worker.php`, num: 1 }] });
  front = await Front.listen((message, response) => {
    middleware(message);
    app.listener(message, response);
  });
});
beforeEach(() => {
  middleware = () => {};
});
afterAll(async () => {
  await front.close();
  await php.stop();
});

type Variables = Record<string, string | undefined>;

describe.each(scripts)('%s mode', (_mode, script) => {
  const send = (target: string, headers: readonly string[] = []) =>
    front.raw(request(`GET ${target} HTTP/1.1`, [...headers, 'Connection: close'])).closed;
  const told = (text: string): Variables => {
    const { server } = JSON.parse(text) as { server: Record<string, unknown> };
    const strings = Object.entries(server).filter(([, value]) => typeof value === 'string') as [string, string][];
    return Object.fromEntries(strings.map(([name, value]) => [name, Buffer.from(value, 'base64').toString('latin1')]));
  };
  const ask = async (target: string, headers: readonly string[] = []) => {
    const received = await send(target, headers);
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    return told(received.slice(received.indexOf('\r\n\r\n') + 4));
  };
  const forged = ['X-Remote-User: forged', 'X-Role: admin', 'X-ROLE: root'];

  it('W03 a header that middleware deletes does not reach PHP', async () => {
    middleware = ({ headers }) => {
      delete headers['x-remote-user'];
      headers['x-role'] = undefined;
    };
    const server = await ask(script, forged);
    expect([server['HTTP_X_REMOTE_USER'], server['HTTP_X_ROLE']]).toEqual([undefined, undefined]);
  });

  it('W03 one that it sets does, in place of what the client sent', async () => {
    middleware = ({ headers }) => {
      headers['x-remote-user'] = 'known';
      headers['x-role'] = 'admin'; // the first of what came
      headers['x-list'] = ['1', '2'] as unknown as string;
      headers['x-number'] = 3 as unknown as string;
      headers.host = 'behind.example:81';
    };
    expect(await ask(script, forged)).toMatchObject({
      HTTP_X_REMOTE_USER: 'known',
      HTTP_X_ROLE: 'admin',
      HTTP_X_LIST: '1, 2',
      HTTP_X_NUMBER: '3',
      HTTP_HOST: 'behind.example:81',
      SERVER_NAME: 'behind.example',
      SERVER_PORT: '81',
    });
  });

  it('W03 headers that it replaces altogether are the ones', async () => {
    middleware = (message) => {
      message.headers = { host: 'other.example', 'x-only': 'this' };
    };
    const server = await ask(script, forged);
    expect(Object.keys(server).filter((name) => name.startsWith('HTTP_'))).toEqual(['HTTP_HOST', 'HTTP_X_ONLY']);
  });

  it('W03 over HTTP/2 as well', async () => {
    const server = createHttp2((message, response) => {
      delete message.headers['x-remote-user'];
      message.headers['x-role'] = 'guest';
      app.listener(message as never, response as never);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': script, 'x-remote-user': 'forged', 'x-role': 'admin' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect([told(text)['HTTP_X_REMOTE_USER'], told(text)['HTTP_X_ROLE']]).toEqual([undefined, 'guest']);
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });

  // U+0100 in Latin-1 is the byte that separates the fields PHP gets.
  it('W03 characters that it has decoded in the target cannot shift what PHP gets', async () => {
    middleware = (message) => {
      message.url = decodeURI(message.url!);
    };
    const server = await ask(`${script}/%C4%80x%C4%801.1?q=%C4%80/etc/passwd%C4%80%C3%A9`);
    expect(server).toMatchObject({
      SCRIPT_FILENAME: `${root}${script}`,
      SERVER_PROTOCOL: 'HTTP/1.1',
      PATH_INFO: '/\xc4\x80x\xc4\x801.1',
      REQUEST_URI: `${script}/\xc4\x80x\xc4\x801.1?q=\xc4\x80/etc/passwd\xc4\x80\xc3\xa9`,
    });
  });

  it('W03 nor can those in headers and in the method', async () => {
    middleware = (message) => {
      message.method = 'GET\u0100';
      message.headers['x-one'] = '\u0100x-two\u0100evil';
    };
    const server = await ask(script);
    expect([server['REQUEST_METHOD'], server['SCRIPT_FILENAME']]).toEqual(['GET\xc4\x80', `${root}${script}`]);
    expect([server['HTTP_X_ONE'], server['HTTP_X_TWO']]).toEqual(['\xc4\x80x-two\xc4\x80evil', undefined]);
  });

  it.each<[string, (message: IncomingMessage) => void]>([
    ['the query', (message) => (message.url += '?q=\0one\0two')],
    ['the method', (message) => (message.method = 'GET\0one\0two')],
    ['a header', (message) => (message.headers['x-one'] = '1\0x-two\x002')],
    ['the name of a header', (message) => (message.headers['x-one\x001\0x-two'] = '2')],
  ])('W03 a NUL that it puts into %s is answered 400', async (_where, change) => {
    middleware = change;
    expect(await send(script)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('W02 a redirect is a URL, whatever it has decoded', async () => {
    middleware = (message) => {
      message.url = '/folder?q=\u0100\xe9\r\nX-Evil: 1';
    };
    const received = await send('/');
    expect(received).toMatch(/^HTTP\/1\.1 308 .*Location: \/folder\/\?q=%c4%80%c3%a9%0d%0aX-Evil:%201\r\n/is);
  });
});
