// 64 names asked for by 16 PHP threads and JavaScript at once, again and again, while their workers crash at random:
// one pool per name at any moment, every waiter answered, nothing left at the end.
//
//   npm run test:names                  1000 rounds (minutes); or: node test/programs/names.mjs 20
//
// Prints what it saw as one line of JSON; ends with status 1 when something of it must not be.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../../dist/index.js';

const rounds = Number(process.argv[2] ?? 1000);
const root = fileURLToPath(new URL('../php/names', import.meta.url));
const locks = mkdtempSync(join(tmpdir(), 'sidekick-names-'));
const names = Array.from({ length: 64 }, (_, at) => `name-${at}`);
const started = performance.now();
const seen = { rounds, ready: 0, failed: 0, starts: 0, crashes: 0, wrong: [] };

const log = (_fields, message) => {
  if (message.includes('VIOLATION')) seen.wrong.push(message);
};
const php = await Runtime.start({
  threads: 12,
  ini: { memory_limit: '64M', display_errors: 0 },
  logger: { debug: log, info: log, warn: log, error: log },
});

async function within(use) {
  const app = await php.createScope({
    name: 'names',
    root,
    workers: [
      { file: join(root, 'worker.php'), num: 4, maxRequests: 50 },
      {
        file: join(root, 'sidekick.php'),
        background: true,
        maxThreads: names.length,
        maxConsecutiveFailures: 2,
        env: { LOCKS: locks },
      },
    ],
  });
  app.on('worker:start', () => seen.starts++);
  app.on('worker:crash', () => seen.crashes++);
  await use(app);
  await app.close();
}

async function askHttp(app, mode) {
  const response = await app.fetch(new Request(`http://localhost/${mode}.php?names=${names.join('+')}`));
  const text = await response.text();
  if (response.status !== 200) return void seen.wrong.push(`${mode}: ${response.status} ${text}`);
  for (const [said, times] of Object.entries(JSON.parse(text))) {
    if (said === 'ready' || said === 'failed') seen[said] += times;
    else seen.wrong.push(`${mode}: ${said}`);
  }
}

async function askHere(app) {
  try {
    await app.ensure(names, { timeout: 60_000 });
    seen.ready += names.length;
  } catch (error) {
    if (error.code !== 'ERR_SIDEKICK_BOOT_FAILED') throw error;
    seen.failed += names.length;
  }
}

/** One pool per name: no two threads that have not been told to end go by one. */
function look() {
  const serving = new Map();
  for (const { kind, worker, state } of php.status().threads) {
    if (kind !== 'background' || state === 'draining') continue;
    serving.set(worker, (serving.get(worker) ?? 0) + 1);
  }
  for (const [name, threads] of serving) if (threads > 1) seen.wrong.push(`${threads} threads serve ${name}`);
}

/** What the process has once nothing of it changes any more: a thread that has ended is in /proc a moment longer. */
async function left() {
  const count = (what) => readdirSync(`/proc/self/${what}`).length;
  let now = { descriptors: 0, threads: 0 };
  for (let same = 0; same < 5; await sleep(50)) {
    const next = { descriptors: count('fd'), threads: count('task') };
    same = next.descriptors === now.descriptors && next.threads === now.threads ? same + 1 : 0;
    now = next;
  }
  return now;
}

// What the process keeps for good (a thread pool, a descriptor for random numbers) it has after the first use.
await within(async (app) => {
  await Promise.all([askHttp(app, 'classic'), askHttp(app, 'worker'), askHere(app)]);
});
const before = await left();
await within(async (app) => {
  const watch = setInterval(look, 50);
  for (let round = 0; round < rounds; round++) {
    const modes = [...Array(12).fill('classic'), ...Array(4).fill('worker')];
    await Promise.all([...modes.map((mode) => askHttp(app, mode)), askHere(app), askHere(app)]);
    look();
    if (round % 100 === 99) console.error(`${round + 1} of ${rounds} rounds, ${seen.starts} starts`);
  }
  clearInterval(watch);
});
const after = await left();
if (after.descriptors > before.descriptors)
  seen.wrong.push(`descriptors: ${before.descriptors}, then ${after.descriptors}`);
if (after.threads > before.threads) seen.wrong.push(`threads: ${before.threads}, then ${after.threads}`);
await php.stop();
rmSync(locks, { recursive: true });
console.log(JSON.stringify({ ...seen, before, after, seconds: Math.round((performance.now() - started) / 1000) }));
process.exitCode = seen.wrong.length > 0 ? 1 : 0;
