import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Front, request, scripts } from './support/http.js';
import { fixture } from './support/modes.js';

const root = fixture('server-variables');
let php: Runtime;
let app: Scope;
let front: Front;

beforeAll(async () => {
  php = await Runtime.start({ threads: 1 });
  const env = { REMOTE_HOST: 'set by the scope', FROM_SCOPE: 'yes' };
  const workers = [{ file: `${root}/worker.php`, num: 1, env: { FROM_WORKER: 'yes' } }];
  app = await php.createScope({ name: 'variables', root, env, workers });
  front = await Front.listen(app.listener);
});
afterAll(async () => {
  await front.close();
  await php.stop();
});

interface Told {
  readonly server: Record<string, unknown>;
  readonly proxy: unknown[];
  readonly get: Record<string, string>;
  readonly cookie: Record<string, string>;
}

const decode = (values: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? Buffer.from(value, 'base64').toString('latin1') : value,
    ]),
  );

describe.each(scripts)('%s mode', (mode, script) => {
  const ask = async (target: string, headers: readonly string[] = []) => {
    const received = await front.raw(request(`GET ${target} HTTP/1.1`, [...headers, 'Connection: close'])).closed;
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    const told = JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4)) as Told;
    return { ...told, server: decode(told.server), get: decode(told.get), cookie: decode(told.cookie) };
  };

  it('W03 has every variable of CGI, and what FrankenPHP adds', async () => {
    const { server } = await ask(`${script}/a%20b/c?q=%41&r`, [
      'Authorization: Basic dXNlcjpwYXNz',
      'X-Empty:',
      'Content-Type: a/b',
    ]);
    expect(server).toMatchObject({
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_PORT: expect.stringMatching(/^\d+$/),
      DOCUMENT_ROOT: root,
      DOCUMENT_URI: script,
      PATH_INFO: '/a b/c',
      PATH_TRANSLATED: `${root}/a b/c`,
      PHP_SELF: `${script}/a b/c`,
      SCRIPT_FILENAME: `${root}${script}`,
      SCRIPT_NAME: script,
      HTTPS: '',
      SSL_PROTOCOL: '',
      SSL_CIPHER: '',
      REQUEST_SCHEME: 'http',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_SOFTWARE: 'FrankenPHP',
      GATEWAY_INTERFACE: 'CGI/1.1',
      REQUEST_METHOD: 'GET',
      REQUEST_URI: `${script}/a%20b/c?q=%41&r`,
      QUERY_STRING: 'q=%41&r',
      CONTENT_LENGTH: '',
      CONTENT_TYPE: 'a/b',
      AUTH_TYPE: '',
      REMOTE_IDENT: '',
      REMOTE_USER: 'user',
      PHP_AUTH_USER: 'user',
      PHP_AUTH_PW: 'pass',
      HTTP_HOST: 'localhost',
      HTTP_X_EMPTY: '',
      HTTP_AUTHORIZATION: 'Basic dXNlcjpwYXNz',
    });
    expect(server['REQUEST_TIME']).toBeTypeOf('number');
    expect(server['REQUEST_TIME_FLOAT']).toBeTypeOf('number');
    expect(server['FRANKENPHP_WORKER']).toBeUndefined();
    expect([server['HTTP_CONTENT_TYPE'], server['HTTP_CONTENT_LENGTH']]).toEqual([undefined, undefined]);
  });

  it('W03 REQUEST_URI has no scheme and no host, however the client asks', async () => {
    for (const [target, uri] of [
      [`http://other:81${script}/admin?a=http://x/`, `${script}/admin?a=http://x/`],
      [`HTTP://other${script}`, script],
      [`${script}?next=http://other/`, `${script}?next=http://other/`],
    ] as const) {
      const { server } = await ask(target);
      expect([server['REQUEST_URI'], server['SCRIPT_NAME']]).toEqual([uri, script]);
    }
  });

  it('W03 REQUEST_URI has a slash when the client has left it out', async () => {
    const workers = mode === 'worker' ? [{ file: `${root}${script}`, num: 1 }] : [];
    await using site = await php.createScope({ name: `index-${mode}`, root, index: [script.slice(1)], workers });
    const other = await Front.listen(site.listener);
    for (const [target, uri] of [
      ['http://other', '/'],
      ['http://other?a=/b', '/?a=/b'],
      ['*', '*'],
    ] as const) {
      const method = target === '*' ? 'OPTIONS' : 'GET';
      const received = await other.raw(request(`${method} ${target} HTTP/1.1`, ['Connection: close'])).closed;
      const { server } = JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4)) as Told;
      expect(decode(server)['REQUEST_URI']).toBe(uri);
    }
    await other.close();
  });

  it('W03 has what scope and worker add, over the request', async () => {
    const { server } = await ask(script);
    expect([server['REMOTE_HOST'], server['FROM_SCOPE'], server['FROM_WORKER']]).toEqual([
      'set by the scope',
      'yes',
      mode === 'worker' ? 'yes' : undefined,
    ]);
  });

  it('W03 a query is no command line', async () => {
    const { server } = await ask(`${script}?+--env=dev+-d`);
    expect([server['argv'], server['argc']]).toEqual([undefined, undefined]);
  });

  it('W03 forgets the credentials of the last request', async () => {
    await ask(script, ['Authorization: Basic dXNlcjpwYXNz']);
    const { server } = await ask(script);
    expect([
      server['PHP_AUTH_USER'],
      server['PHP_AUTH_PW'],
      server['REMOTE_USER'],
      server['HTTP_AUTHORIZATION'],
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('W03 cannot be made to take a header for something else', async () => {
    const forged = [
      'Proxy: http://evil',
      'Http_Proxy: http://evil',
      'X_Real: underscore',
      'X-Real: hyphen',
      'X.Real: dot',
    ];
    const more = [
      'Content_Length: 7',
      'Script-Filename: /etc/passwd',
      'Https: on',
      'Remote-Addr: 6.6.6.6',
      'Remote_User: root',
    ];
    const { server, proxy } = await ask(script, [...forged, ...more]);
    expect(proxy).toEqual([false, null, null]);
    expect(server).toMatchObject({
      HTTP_X_REAL: 'hyphen',
      CONTENT_LENGTH: '',
      SCRIPT_FILENAME: `${root}${script}`,
      HTTPS: '',
      REMOTE_ADDR: '127.0.0.1',
    });
    expect([server['REMOTE_USER'], server['HTTP_REMOTE_USER'], server['HTTP_CONTENT_LENGTH']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('W03 joins headers that came several times, cookies with their own separator', async () => {
    const { server, cookie } = await ask(script, ['X-Two: 1', 'x-two: 2', 'Cookie: a=1', 'Cookie: b=2; a=3']);
    expect([server['HTTP_X_TWO'], server['HTTP_COOKIE'], cookie]).toEqual([
      '1, 2',
      'a=1; b=2; a=3',
      { a: '1', b: '2' },
    ]);
  });

  it('W03 takes the host of an absolute target, not of the Host header', async () => {
    const { server } = await ask(`http://user@real.example:8080${script}?x`);
    expect([server['HTTP_HOST'], server['SERVER_NAME'], server['SERVER_PORT'], server['SCRIPT_NAME']]).toEqual([
      'real.example:8080',
      'real.example',
      '8080',
      script,
    ]);
  });

  it('W03 keeps bytes as they are', async () => {
    const { server, get, cookie } = await ask(`${script}?a=%00%ff`, ['X-Bytes: caf\xe9', 'Cookie: c=%00%ff']);
    expect([server['HTTP_X_BYTES'], get, cookie]).toEqual(['caf\xe9', { a: '\0\xff' }, { c: '\0\xff' }]);
    expect(server['QUERY_STRING']).toBe('a=%00%ff');
  });
});
