// Tasks from four PHP threads to a pool of three: some are cancelled, find no place, or kill their worker; the pool is
// restarted under them, and every other time the scope is closed under them too. Every sender gets its end, and memory
// and descriptors stay what they were.
//
//   npm run test:tasks                  a million tasks (minutes); or: node test/programs/tasks.mjs 20000
//
// Prints what it saw as one line of JSON; ends with status 1 when something of it must not be.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../../dist/index.js';

const tasks = Number(process.argv[2] ?? 1_000_000);
const SENDERS = ['classic', 'classic', 'worker', 'worker'];
const BATCH = 500;
const SCOPES = 10;
const root = fileURLToPath(new URL('../php/tasks-stress', import.meta.url));
const seen = {
  tasks,
  done: 0,
  aborted: 0,
  cancelled: 0,
  timeout: 0,
  stopped: 0,
  restarts: 0,
  closes: 0,
  crashes: 0,
  wrong: [],
};
const silence = { debug() {}, info() {}, warn() {}, error() {} };
const php = await Runtime.start({ threads: 2, ini: { memory_limit: '64M' }, logger: silence });

const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
const descriptors = () => readdirSync('/proc/self/fd').length;

let left = tasks;
let restarting;
async function restart(app) {
  if (restarting !== undefined) return;
  restarting = app.restart('works');
  try {
    await restarting;
    seen.restarts++;
  } catch (error) {
    if (error.code !== 'ERR_SIDEKICK_STOPPED') seen.wrong.push(`restart: ${error.message}`);
  }
  restarting = undefined;
}

async function send(app, mode, until) {
  while (left > until && !app.closing) {
    const count = Math.min(BATCH, left - until);
    left -= count;
    if (left % (BATCH * 7) < BATCH) void restart(app.scope);
    const response = await app.scope.fetch(new Request(`http://localhost/${mode}.php?count=${count}&calm=3`));
    const text = await response.text();
    if (response.status === 503 && app.closing) {
      left += count; // came too late: for the next scope
      return;
    }
    let ends;
    try {
      ends = JSON.parse(text);
    } catch {
      seen.wrong.push(`${response.status} ${text}`);
      continue;
    }
    seen.wrong.push(...ends.wrong);
    for (const end of ['done', 'aborted', 'cancelled', 'timeout', 'stopped']) seen[end] += ends[end];
  }
}

async function round(until, closes) {
  const scope = await php.createScope({
    name: 'tasks',
    stopTimeout: 60_000,
    root,
    workers: [
      { file: `${root}/worker.php`, num: 2 },
      { file: `${root}/works.php`, background: true, name: 'works', num: 3, taskQueue: 4 },
    ],
  });
  scope.on('worker:crash', () => seen.crashes++);
  const app = { scope, closing: false };
  const senders = SENDERS.map((mode) => send(app, mode, until));
  if (closes) {
    await Promise.race(senders);
    app.closing = true;
    await Promise.all([scope.close(), ...senders]);
    seen.closes++;
    return;
  }
  await Promise.all(senders);
  await restarting;
  for (const { waiting, unaccepted } of php.status().tasks) {
    if (waiting + unaccepted > 0) seen.wrong.push(`${waiting} tasks wait, ${unaccepted} senders`);
  }
  await scope.close();
}

const started = performance.now();
let before;
for (let scope = 1; scope <= SCOPES; scope++) {
  await round(Math.round(tasks * (1 - scope / SCOPES)), scope % 2 === 0 && scope < SCOPES);
  before ??= { memory: memory(), descriptors: descriptors() };
}
seen.seconds = (performance.now() - started) / 1000;
seen.grownMiB = memory() - before.memory;
seen.grownDescriptors = descriptors() - before.descriptors;
const ends = seen.done + seen.aborted + seen.cancelled + seen.timeout + seen.stopped;
if (ends !== tasks) seen.wrong.push(`${ends} ends`);
// A sanitizer keeps what was freed for a while.
if (seen.grownMiB > 16 && process.env.ASAN_OPTIONS === undefined) seen.wrong.push('memory has grown');
if (seen.grownDescriptors > 2) seen.wrong.push('descriptors are left');
seen.wrong = seen.wrong.slice(0, 20);
await php.stop();
console.log(JSON.stringify(seen));
process.exitCode = seen.wrong.length === 0 ? 0 : 1;
