// One runtime per process, shared by its JavaScript threads (worker_threads).
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type RuntimeOptions, type Scope, type ScopeOptions } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const OPTIONS: RuntimeOptions = { threads: 2 };
const root = fixture('threads');
const kept = (name: string) => ({ file: join(root, 'kept.php'), background: true, name, num: 1 });
let php: Runtime;
let app: Scope;

beforeAll(async () => {
  php = await Runtime.start({ ...OPTIONS, logger: silence });
  app = await php.createScope({ name: 'ours', root, workers: [kept('ours-kept')] });
});
afterAll(() => php.stop());

const threads = new Set<Worker>();
afterEach(async () => {
  await Promise.all([...threads].map((thread) => thread.terminate()));
  threads.clear();
});

async function startThread(): Promise<Worker> {
  const lib = new URL('../dist/index.js', import.meta.url).href;
  const file = fileURLToPath(new URL('programs/thread.mjs', import.meta.url));
  const thread = new Worker(file, { workerData: { lib, options: OPTIONS, scope: app.name } });
  threads.add(thread);
  expect((await once(thread, 'message'))[0]).toBe('ready');
  return thread;
}

async function ask(thread: Worker, what: string, given?: unknown): Promise<unknown> {
  thread.postMessage({ what, given });
  return (await once(thread, 'message'))[0];
}

const ENDS = {
  exits: async (thread: Worker) => {
    thread.postMessage({ what: 'exit' });
    await once(thread, 'exit');
  },
  'is terminated': async (thread: Worker) => {
    await thread.terminate();
  },
};
const page = async () =>
  (await app.fetch(new Request('http://localhost/page.php', { headers: { 'x-from': 'us' } }))).text();
const workers = (scope: string) => php.status().threads.filter((thread) => thread.scope === scope);

describe('J10 several JavaScript threads', () => {
  it('J10 share one PHP, and find the scopes that others opened', async () => {
    const [one, other] = await Promise.all([startThread(), startThread()]);
    const answers = await Promise.all([ask(one, 'fetch'), ask(other, 'fetch'), page()]);
    expect(answers).toEqual([
      { result: 'served by PHP for a thread' },
      { result: 'served by PHP for a thread' },
      'served by PHP for us',
    ]);
    const theirs: ScopeOptions = { name: 'theirs', root, workers: [kept('theirs-kept')] };
    expect(await ask(one, 'open', theirs)).toEqual({ result: 'theirs' });
    expect(php.scope('theirs')?.vars('theirs-kept').current).toEqual({ of: 'theirs-kept' });
  });

  it('J10 a start with other options is refused, one with the same is the same runtime', async () => {
    const thread = await startThread();
    expect(await ask(thread, 'startWith', OPTIONS)).toEqual({ result: php.phpVersion });
    expect(await ask(thread, 'startWith', { threads: 3 })).toEqual({
      code: 'ERR_SIDEKICK_CONFIG',
      message: expect.stringContaining('runs with other options'),
    });
  });

  it.each(Object.entries(ENDS))('J10 a thread that %s releases what it opened, and nothing else', async (_, end) => {
    const thread = await startThread();
    expect(await ask(thread, 'open', { name: 'theirs', root, workers: [kept('theirs-kept')] })).toEqual({
      result: 'theirs',
    });
    expect(workers('theirs')).toHaveLength(1);
    const mine = workers('ours');
    await end(thread);
    await expect.poll(() => workers('theirs')).toEqual([]);
    expect(php.scope('theirs')).toBeUndefined();
    expect(workers('ours')).toEqual(mine);
    expect(await page()).toBe('served by PHP for us');
  });

  it.each(Object.entries(ENDS))('J10 tasks that a thread served fail when it %s', async (_, end) => {
    const thread = await startThread();
    expect(await ask(thread, 'serve', 'served')).toEqual({ result: undefined });
    const task = app.sendTask('served', { any: 'payload' });
    const updates = task[Symbol.asyncIterator]();
    expect(await updates.next()).toEqual({ done: false, value: { begun: true } });
    await end(thread);
    await expect(updates.next()).rejects.toMatchObject({ code: 'ERR_SIDEKICK_TASK_ABORTED' });
  });
});
