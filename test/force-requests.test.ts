import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type ScopeOptions } from '../lib/index.js';
import { availableRows, GRACE, SilentServer } from './support/force.js';
import { Front } from './support/http.js';
import { Lines } from './support/loggers.js';
import { fixture, type Mode, modes } from './support/modes.js';

const root = fixture('force');
const lines = new Lines();
let folder: string;
let silent: SilentServer;
let php: Runtime;
let available: ReadonlySet<string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-force-'));
  silent = await SilentServer.listen();
  php = await Runtime.start({ threads: 1, logger: lines });
  available = new Set([...(await availableRows(php)), 'flood']);
});
afterAll(async () => {
  await php.stop();
  silent.close();
  await rm(folder, { recursive: true });
});

const create = (name: string, options: Partial<ScopeOptions> = {}) =>
  php.createScope({
    name,
    root,
    env: { FORCE_SILENT: String(silent.port), FORCE_FOLDER: folder },
    stopTimeout: GRACE,
    workers: [{ file: join(root, 'worker.php'), num: 1 }],
    ...options,
  });
const request = (scope: Scope, mode: Mode, row: string) =>
  scope.fetch(new Request(`http://localhost/${mode}.php?row=${row}`));
const busy = () => php.status().threads.filter((thread) => thread.busy).length;

/** The rows of test/php/force/rows.php that differ in how they are stopped, and a client that does not read. */
const rows = ['sleep', 'loop', 'fread', 'pipe', 'curl', 'mysqli', 'sqlite', 'exec', 'flood'];

describe.each(modes)('requests in %s mode', (mode) => {
  it.for(rows)('L04 %s: is stopped when its scope is closed; the thread serves others', async (row, { skip }) => {
    skip(!available.has(row), 'this PHP lacks the extension');
    lines.all.length = 0;
    const scope = await create(`${mode}-${row}`);
    const ended = request(scope, mode, row).then(
      (response) => response.text(),
      ({ code }: { code: string }) => code,
    );
    await expect.poll(busy).toBe(1);
    const closed = scope.close();
    expect(await ended.catch(({ code }) => code)).toBe('ERR_SIDEKICK_STOPPED');
    await closed;
    await expect.poll(busy).toBe(0);
    expect(php.status().abandonedThreads).toBe(0);
    await expect.poll(() => lines.of(`shutdown of ${row}`).length).toBe(1);
    expect(lines.of(`finally of ${row}`)).toEqual([]);

    await using next = await create(`${mode}-${row}-next`);
    expect(await (await request(next, mode, 'none')).text()).toBe('served');
  });

  it.for(rows.filter((row) => row !== 'flood'))(
    'W07 %s: requestTimeout stops the script and gives 504; the thread serves others',
    async (row, { skip }) => {
      skip(!available.has(row), 'this PHP lacks the extension');
      lines.all.length = 0;
      await using scope = await create(`${mode}-${row}-late`, { requestTimeout: 300 });
      const response = await request(scope, mode, row);
      expect(response.status).toBe(504);
      await expect.poll(busy).toBe(0);
      await expect.poll(() => lines.of(`shutdown of ${row}`).length).toBe(1);
      expect(lines.of(`finally of ${row}`)).toEqual([]);
      expect(await (await request(scope, mode, 'none')).text()).toBe('served');
      expect(php.status().abandonedThreads).toBe(0);
    },
  );

  it('W07 a response that had begun is broken off by requestTimeout', async () => {
    await using scope = await create(`${mode}-begun`, { requestTimeout: 300 });
    const response = await request(scope, mode, 'flood');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    await expect.poll(busy).toBe(0);
  });
});

it('L04 the client of a request that cannot be interrupted is answered when its thread is abandoned', async () => {
  const scope = await create('deaf', { restartTimeout: GRACE });
  const front = await Front.listen(scope.listener);
  const response = fetch(`${front.origin}/worker.php?row=deaf`);
  await expect.poll(busy).toBe(1);
  const restarted = scope.restart();
  expect((await response).status).toBe(500);
  expect(php.status().abandonedThreads).toBe(1);
  await restarted;
  expect(await (await request(scope, 'worker', 'none')).text()).toBe('served');
  await expect.poll(() => php.status().abandonedThreads, { timeout: 60_000 }).toBe(0);
  await front.close();
  await scope.close();
});
