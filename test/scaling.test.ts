import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture, modes } from './support/modes.js';

const root = fixture('scaling');
let php: Runtime;
let scope: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, maxThreads: 3, logger: silence });
  const worker = { file: join(root, 'worker.php'), name: 'http', num: 1, maxThreads: 3 };
  scope = await php.createScope({ name: 'scaling', root, workers: [worker] });
});
afterAll(() => php.stop());

const pool = (kind: string) => php.status().pools.find((each) => each.kind === kind)!;
const KIND = { classic: 'classic', worker: 'http' } as const;

describe.each(modes)('%s', (mode) => {
  it('W07 requests that wait get more threads, up to maxThreads, which end when they idle', async () => {
    const kind = KIND[mode];
    expect(pool(kind)).toMatchObject({ threads: 1, minThreads: 1, maxThreads: 3, waiting: 0 });
    let most = 0;
    let waited = 0;
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const { status } = await scope.fetch(new Request(`http://localhost/${mode}.php`));
        most = Math.max(most, pool(kind).threads);
        waited = Math.max(waited, pool(kind).waiting);
        return status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(most).toBe(3);
    expect(waited).toBeGreaterThan(0);
    expect(
      php
        .status()
        .threads.filter((thread) => thread.kind === kind)
        .map(({ instance }) => instance),
    ).toEqual([0, 1, 2]);
    await expect.poll(() => pool(kind).threads, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => php.status().threads.filter((thread) => thread.kind === kind).length).toBe(1);
    expect((await scope.fetch(new Request(`http://localhost/${mode}.php`))).status).toBe(200);
  });
});

it('W07 metrics tell who waits', () => {
  expect(php.metrics()).toContain('frankenphp_worker_queue_depth{scope="scaling",worker="http"} 0');
});

it('W07 maxThreads below threads is refused', async () => {
  await expect(Runtime.start({ threads: 4, maxThreads: 3 })).rejects.toMatchObject({
    code: 'ERR_SIDEKICK_CONFIG',
    message: 'Runtime.start(): maxThreads must not be less than threads (4), as 3 is',
  });
});
