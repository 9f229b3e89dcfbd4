// examples/redis-sentinel-watcher with two real servers and a real sentinel, and real failovers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Example } from './support/example.js';
import { hasRedis, needRedis, RedisServer } from './support/redis.js';

const PATIENCE = { timeout: 20_000, interval: 50 };
const LONGEST_FAILOVER = 30_000; // the sentinel takes its time: down for 500 ms, an election, the replica's turn

interface Answer {
  readonly status: number;
  readonly visits?: number;
  readonly master?: string;
  readonly problem?: string;
  readonly watcher: { readonly master: string; readonly sentinel: string | null; readonly error: string | null };
}

const folder = mkdtempSync(join(tmpdir(), 'redis-sentinel-watcher-'));
let first: RedisServer;
let second: RedisServer;
let sentinel: RedisServer;
let example: Example;

beforeAll(async () => {
  if (!hasRedis) return;
  first = await RedisServer.start(['--save', '', '--dir', folder]);
  second = await RedisServer.start(['--save', '', '--dir', folder, '--replicaof', '127.0.0.1', `${first.port}`]);
  await vi.waitFor(() => expect(second.command('info', 'replication')).toContain('master_link_status:up'), PATIENCE);
  const configuration = join(folder, 'sentinel.conf');
  writeFileSync(
    configuration,
    `dir ${folder}
sentinel monitor visits 127.0.0.1 ${first.port} 1
sentinel down-after-milliseconds visits 500
sentinel failover-timeout visits 2000
`,
  );
  sentinel = await RedisServer.start([configuration, '--sentinel']);
  await vi.waitFor(
    () => expect(sentinel.command('sentinel', 'replicas', 'visits')).toContain(`${second.port}`),
    PATIENCE,
  );
  example = await Example.start('redis-sentinel-watcher', { SENTINELS: sentinel.address, REDIS_GROUP: 'visits' });
}, 60_000);

afterAll(async () => {
  await example?.end();
  for (const server of [sentinel, first, second]) await server?.end();
  rmSync(folder, { recursive: true });
});

async function visit(): Promise<Answer> {
  const response = await fetch(example.url);
  return { ...((await response.json()) as Omit<Answer, 'status'>), status: response.status };
}

describe('examples/redis-sentinel-watcher', () => {
  it('counts visits in the master that the sentinel names', async (context) => {
    needRedis(context);
    const answers = await Promise.all(Array.from({ length: 10 }, visit));
    expect(answers.map(({ status, master }) => [status, master])).toEqual(Array(10).fill([200, first.address]));
    expect(answers.map(({ visits }) => visits).toSorted((a, b) => a! - b!)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(answers[0]?.watcher).toMatchObject({ master: first.address, sentinel: sentinel.address, error: null });
    expect(first.command('get', 'visits')).toBe('10');
    await expect.poll(() => second.command('get', 'visits')).toBe('10');
  });

  it('goes over to the replica when the master crashes', async (context) => {
    needRedis(context);
    await first.end('SIGKILL');
    const lost = await visit();
    expect([200, 503]).toContain(lost.status);
    await expect.poll(visit, { timeout: LONGEST_FAILOVER }).toMatchObject({ status: 200, master: second.address });
    expect(Number(second.command('get', 'visits'))).toBeGreaterThan(10);
    expect(example.output).toContain(`master: ${second.address}`);
  }, 60_000);

  it('keeps the last master while the sentinel is away, and says so', async (context) => {
    needRedis(context);
    await sentinel.end();
    await expect.poll(async () => (await visit()).watcher).toMatchObject({ master: second.address, sentinel: null });
    expect(await visit()).toMatchObject({ status: 200, master: second.address });
    await sentinel.start();
    await expect.poll(async () => (await visit()).watcher).toMatchObject({ sentinel: sentinel.address, error: null });
  }, 60_000);

  it('goes back when it is told to', async (context) => {
    needRedis(context);
    await first.start();
    first.command('replicaof', '127.0.0.1', `${second.port}`); // as the sentinel will, in its own time
    const replicas = () => sentinel.command('sentinel', 'replicas', 'visits');
    await expect.poll(replicas, { timeout: LONGEST_FAILOVER }).toContain(`${first.port}`);
    await expect
      .poll(() => first.command('info', 'replication'), { timeout: LONGEST_FAILOVER })
      .toContain('master_link_status:up');
    const told = () => sentinel.command('sentinel', 'failover', 'visits');
    await expect.poll(told, { timeout: LONGEST_FAILOVER, interval: 500 }).toBe('OK');
    await expect.poll(visit, { timeout: LONGEST_FAILOVER }).toMatchObject({ status: 200, master: first.address });
    expect(example.output.match(/^master: .*$/gm)).toEqual(
      [first, second, first].map(({ address }) => `master: ${address}`),
    );
  }, 120_000);

  it('ends on Ctrl-C in under a second', async (context) => {
    needRedis(context);
    const end = await example.end();
    expect(end).toMatchObject({ code: 0, by: null });
    expect(end.milliseconds).toBeLessThan(1_000);
  });
});
