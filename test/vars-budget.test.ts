import { expect, it } from 'vitest';
import type { ThreadStatus } from '../lib/binding.js';
import { run } from './support/child.js';
import { isSanitized } from './support/variant.js';

const MIB = 1024 * 1024;
const BUDGET = 8 * MIB; // of each instance; the program sets it
const RING = 32 * MIB; // what a worker's script keeps by itself, once it gets copies
const WORKERS = 2;

interface Report {
  readonly wrong: number;
  readonly seen: number;
  readonly requests: number;
  /** Bytes, the most at any time. */
  readonly superseded: number;
  readonly heldByOne: number;
  readonly growth: number;
  readonly threads: readonly ThreadStatus[];
  readonly metrics: string;
}

const versions = isSanitized ? 500 : 20_000;

async function publishMany(mode: string): Promise<Report> {
  const args = [String(versions), String(MIB), mode];
  const end = await run('vars-budget.mjs', args, { nodeOptions: ['--expose-gc'], bound: 170_000 });
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const report = JSON.parse(end.stdout) as Report;
  const { seen, requests, superseded, growth } = report;
  console.log(
    `${versions} versions of 1 MiB${mode === '' ? '' : `, ${mode}`}: ${seen} seen in ${requests} requests, ` +
      `superseded at most ${(superseded / MIB).toFixed(1)} MiB, RSS grew by ${(growth / MIB).toFixed(1)} MiB`,
  );
  expect(report.wrong).toBe(0);
  expect(report.seen).toBeGreaterThan(versions / 20);
  // A budget is passed by the version that used it up, and one more may be on its way out.
  expect(report.heldByOne).toBeLessThan(BUDGET + 2 * MIB);
  expect(report.superseded).toBeLessThan(WORKERS * (BUDGET + 2 * MIB));
  return report;
}

/** The figure of each instance of the worker. */
function figures(metrics: string, name: string): number[] {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes('worker.php'));
  return lines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}

it('V12 a script that keeps what it reads costs its budget and what it keeps, however much is published', async () => {
  const { growth, threads, metrics } = await publishMany('');
  if (!isSanitized) expect(growth).toBeLessThan(24 * MIB);
  for (const thread of threads) {
    expect(thread.generation).toBe(1);
    expect(thread.copiedReads).toBeGreaterThan(0);
    expect(thread.supersededBytes).toBeGreaterThan(BUDGET / 2); // held for as long as the script runs
  }
  expect(figures(metrics, 'sidekick_vars_copied_reads_total')).toEqual(threads.map((thread) => thread.copiedReads));
  expect(figures(metrics, 'sidekick_vars_held_superseded_bytes')).toEqual(
    threads.map((thread) => thread.supersededBytes),
  );
}, 180_000);

it('V12 recycle: true runs such a script again instead, between requests', async () => {
  const { growth, threads } = await publishMany('recycle');
  if (!isSanitized) expect(growth).toBeLessThan(WORKERS * RING + 24 * MIB);
  for (const thread of threads) expect(thread.generation).toBeGreaterThan(2);
}, 180_000);
