import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { scripts } from './support/http.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;
const lines = new Lines();
const sessions = mkdtempSync(join(tmpdir(), 'sidekick-sessions-'));

beforeAll(async () => {
  const ini = { display_errors: 1, html_errors: 0, log_errors: 1, 'session.save_path': sessions };
  php = await Runtime.start({ threads: 1, logger: lines, ini });
  const root = fixture('superglobals');
  app = await php.createScope({ name: 'superglobals', root, workers: [{ file: `${root}/worker.php`, num: 1 }] });
});
afterAll(async () => {
  await php.stop();
  rmSync(sessions, { recursive: true });
});

describe.each(scripts)('%s mode', (mode, script) => {
  const send = (query: string, init?: RequestInit) =>
    app.fetch(new Request(`http://localhost${script}?${query}`, init));
  const look = async (): Promise<Record<string, unknown>> => JSON.parse((await (await send('do=look')).text()).trim());

  it('W01 what one request leaves behind, the next finds or not, by the rules of FrankenPHP', async () => {
    const init = { method: 'POST', headers: { Cookie: 'a=1' }, body: new URLSearchParams({ b: '2' }) };
    const left = await send('do=leave&c=3', init);
    expect([left.status, left.headers.get('x-left'), left.headers.get('set-cookie')]).toEqual([
      202,
      'header',
      'left=cookie',
    ]);
    expect(await left.text()).toBe('{"LEFT":1}');
    const kept = mode === 'worker';
    expect(await look()).toMatchObject({
      get: { do: 'look' },
      post: [],
      cookie: [],
      files: [],
      request: { do: 'look' },
      server: null,
      session: null,
      env: kept ? 'in $_ENV' : null,
      getenv: kept ? 'in the environment' : false,
      global: kept ? 'a global' : null,
      static: kept ? 1 : 0,
      class: kept ? 1 : 0,
      precision: kept ? '7' : '14',
      status: 200,
      levels: 0,
      worker: null,
    });
    expect((await look())['headers']).not.toContain('X-Left: header');
    expect((await send('do=look')).headers.get('set-cookie')).toBeNull();
    expect(await (await send('do=warn')).text()).toContain(kept ? 'true' : 'a warning');
    expect(lines.of('handled: a warning').length).toBe(kept ? 1 : 0);
  });

  it('W01 a session is kept between requests, by the cookie only', async () => {
    const first = await send(`do=session&path=${sessions}`);
    const cookie = first.headers.get('set-cookie')!.split(';')[0]!;
    expect(await first.json()).toMatchObject({ count: 1 });
    const again = await send(`do=session&path=${sessions}`, { headers: { Cookie: cookie } });
    expect(await again.json()).toMatchObject({ count: 2, id: cookie.split('=')[1] });
    const other = await send(`do=session&path=${sessions}`);
    expect(await other.json()).toMatchObject({ count: 1 });
    expect((await look())['session']).toBeNull();
    expect(readFileSync(join(sessions, `sess_${cookie.split('=')[1]}`), 'utf8')).toBe('count|i:2;');
  });

  it('W01 a session handler of the script is called, request after request', async () => {
    for (let time = 0; time < 2; time++) {
      const written = lines.of('written: who|s:4:"mine";more|i:1;').length;
      expect(await (await send('do=session-handler')).json()).toEqual({ who: 'mine', more: 1 });
      await expect.poll(() => lines.of('written: who|s:4:"mine";more|i:1;').length).toBe(written + 1);
    }
  });

  const generation = () => php.status().threads.find(({ kind }) => kind === 'http')!.generation;

  it('W06 an uncaught exception is told to the client, and the worker lives on', async () => {
    const before = generation();
    const response = await send('do=throw');
    expect(await response.text()).toMatch(/^before .*Fatal error: +Uncaught RuntimeException: thrown in a handler/s);
    expect(lines.of('destructed').length).toBeGreaterThan(0);
    expect((await look())['levels']).toBe(0);
    if (mode === 'worker') expect(generation()).toBe(before);
  });

  it('W06 a handler of exceptions is asked in classic mode, where a script ends with them', async () => {
    const text = await (await send('do=error-handler')).text();
    if (mode === 'classic') expect(text).toBe('handled for the handler');
    else expect(text).toContain('Uncaught RuntimeException: for the handler');
  });

  it.each([
    ['do=exit', 200, 'exited'],
    ['do=exit&code=3&status=418', 418, 'exited'],
    ['do=die', 500, 'died'],
  ])('W06 %s: the response is completed, and the next request is clean', async (query, status, body) => {
    const shut = lines.of('shut down').length;
    const before = generation();
    const response = await send(query);
    expect([response.status, await response.text()]).toEqual([status, body]);
    if (query.startsWith('do=exit')) await expect.poll(() => lines.of('shut down').length).toBe(shut + 1);
    expect(await look()).toMatchObject({ status: 200, levels: 0, global: null });
    if (mode === 'worker') expect(generation()).toBeGreaterThan(before);
  });

  it.each([
    ['do=fatal', /before .*Call to undefined function undefined_function/s],
    ['do=memory', /Allowed memory size/],
    ['do=deep', /Maximum call stack size|Allowed memory size/],
  ])('W06 %s: the client is told, and the next request is clean', async (query, text) => {
    const response = await send(query);
    expect(await response.text()).toMatch(text);
    expect(await look()).toMatchObject({ status: 200, levels: 0, get: { do: 'look' } });
  });
});

describe('an HTTP worker', () => {
  it("L06 sees FRANKENPHP_WORKER in its boot, and the request's own variables in the handler", async () => {
    const response = await app.fetch(new Request('http://localhost/worker.php?do=boot'));
    expect(await response.json()).toEqual(['1', null, []]);
  });

  it('L07 prints to the log while it has no request', () => {
    expect(lines.of('printed at boot').length).toBeGreaterThan(0);
    expect(lines.of('printed between requests').length).toBeGreaterThan(0);
  });
});
