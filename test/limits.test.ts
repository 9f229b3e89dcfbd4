import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type ScopeOptions } from '../lib/index.js';
import { Front, request, scripts } from './support/http.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

let php: Runtime;
const folder = mkdtempSync(join(tmpdir(), 'sidekick-limits-'));
let files = 0;
const newFile = () => join(folder, String(++files));

beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
});
afterAll(async () => {
  await php.stop();
  rmSync(folder, { recursive: true });
});

async function open(name: string, options: ScopeOptions): Promise<Scope> {
  const root = fixture('limits');
  return php.createScope({ name, root, workers: [{ file: `${root}/worker.php`, num: 1 }], ...options });
}
const busy = () => php.status().threads.filter((thread) => thread.busy).length;

describe.each(scripts)('%s mode', (mode, script) => {
  const url = (query: string) => `http://localhost${script}?do=${query}`;

  it('W07 the queue is bounded: what does not fit is answered 503 with Retry-After, and a client that leaves makes room', async () => {
    const app = await open(`queue-${mode}`, { maxQueue: 2 });
    const front = await Front.listen(app.listener);
    const file = newFile();
    const get = (query: string) => front.raw(request(`GET ${script}?do=${query} HTTP/1.1`, ['Connection: close']));
    const held = get(`hold&file=${file}`);
    await expect.poll(busy).toBe(1);
    const waiting = [get(''), get('')];
    let refused = '';
    await expect.poll(async () => (refused = await get('').closed), { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused).toMatch(/Retry-After: \d+/i);
    const response = await app.fetch(new Request(url('')));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);

    waiting.shift()!.destroy();
    const late = get('');
    writeFileSync(file, '');
    expect(await held.closed).toMatch(/held$/);
    for (const client of [...waiting, late]) expect(await client.closed).toMatch(/ 200 .*fine$/s);
    await front.close();
    await app.close();
  });

  it('W07 with no place to wait, a request is served when a thread is idle, else answered 503', async () => {
    const app = await open(`no-queue-${mode}`, { maxQueue: 0 });
    const status = async () => (await app.fetch(new Request(url('')))).status;
    for (let time = 0; time < 3; time++) await expect.poll(status).toBe(200); // once the thread is back
    const file = newFile();
    const held = async (): Promise<string> => {
      const response = await app.fetch(new Request(url(`hold&file=${file}`)));
      return response.status === 503 ? held() : response.text();
    };
    const answer = held();
    await expect.poll(busy).toBe(1);
    expect(await status()).toBe(503);
    writeFileSync(file, '');
    expect(await answer).toBe('held');
    await app.close();
  });

  it('W07 a request that waits longer than maxWaitTime is answered 503 with Retry-After, and never served', async () => {
    const app = await open(`wait-${mode}`, { maxWaitTime: 50 });
    const front = await Front.listen(app.listener);
    const file = newFile();
    const held = app.fetch(new Request(url(`hold&file=${file}`)));
    await expect.poll(busy).toBe(1);
    const served = () => php.status().threads.reduce((sum, { requests }) => sum + requests, 0);
    const before = served();
    const response = await fetch(`${front.origin}${script}`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await app.fetch(new Request(url('')))).status).toBe(503);
    writeFileSync(file, '');
    expect(await (await held).text()).toBe('held'); // its own service may take longer
    expect((await app.fetch(new Request(url('')))).status).toBe(200);
    await expect.poll(served).toBe(before + 2);
    await front.close();
    await app.close();
  });

  describe('requestTimeout', () => {
    let app: Scope;
    let front: Front;
    beforeAll(async () => {
      const root = fixture('limits');
      const silent = { file: `${root}/silent.php`, background: true, name: 'silent', num: 1 };
      const workers = [{ file: `${root}/worker.php`, num: 1 }, silent];
      app = await open(`timeout-${mode}`, { requestTimeout: 100, workers });
      front = await Front.listen(app.listener);
    });
    afterAll(async () => {
      await front.close();
      await app.close();
    });
    const goesOn = async () => {
      await expect.poll(busy, { timeout: 10_000 }).toBe(0);
      const response = await app.fetch(new Request(url('')));
      expect([response.status, await response.text()]).toEqual([200, 'fine']);
      expect(php.status().abandonedThreads).toBe(0);
    };

    it.each(['sleep', 'loop', 'socket', 'vars', 'output'])(
      'W07 a script that takes longer is stopped, and its thread serves the next: %s',
      async (what) => {
        const response = await app.fetch(new Request(url(what)));
        if (what !== 'output') expect([response.status, await response.text()]).toEqual([504, '']);
        else await expect(response.text()).rejects.toBeDefined();
        await goesOn();
      },
    );

    it('W07 so is one that waits for the rest of a body', async () => {
      const head = request(`POST ${script}?do=input HTTP/1.1`, ['Content-Length: 500000000']);
      const client = front.raw(head + 'x'.repeat(300_000));
      await client.has('HTTP/1.1 504 ');
      await goesOn();
      client.destroy();
    });

    it('W07 a client that has its headers sees the connection reset', async () => {
      const client = front.raw(request(`GET ${script}?do=started HTTP/1.1`));
      await client.has('started');
      const received = await client.closed;
      expect(client.statuses).toEqual([200]);
      expect(received.endsWith('0\r\n\r\n')).toBe(false);
      await goesOn();
    });

    it('W07 its shutdown functions run, but not for ever', async () => {
      const file = newFile();
      expect((await app.fetch(new Request(url(`shutdown&file=${file}`)))).status).toBe(504);
      await expect.poll(() => existsSync(file)).toBe(true);
      await goesOn();
      expect((await app.fetch(new Request(url('endless-shutdown')))).status).toBe(504);
      await goesOn();
    });

    it('W07 it cannot catch that', async () => {
      const file = newFile();
      expect((await app.fetch(new Request(url(`catch&file=${file}`)))).status).toBe(504);
      await goesOn();
      expect(existsSync(file)).toBe(false);
    });

    it("W07 time spent in the queue is not the script's", async () => {
      const answers = await Promise.all([1, 2, 3].map(async () => (await app.fetch(new Request(url('sleep')))).status));
      expect(answers).toEqual([504, 504, 504]);
      const mixed = [app.fetch(new Request(url('sleep'))), app.fetch(new Request(url('')))];
      expect((await Promise.all(mixed)).map(({ status }) => status)).toEqual([504, 200]);
    });

    it('W07 many requests at their limit leave the runtime as it was', async () => {
      for (let time = 0; time < 10; time++) {
        const all = Array.from({ length: 8 }, (_, at) => app.fetch(new Request(url(at % 2 === 0 ? 'loop' : ''))));
        const statuses = (await Promise.all(all)).map(({ status }) => status);
        expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
      }
      await goesOn();
    });
  });
});
