import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
});
