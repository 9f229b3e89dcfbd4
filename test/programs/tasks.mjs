// Tasks from four PHP threads to a pool of three: some are cancelled, find no place, or kill their worker, and the scope
// is closed and opened again in between. Every sender gets its end, and memory and descriptors stay what they were.
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
const seen = { tasks, done: 0, aborted: 0, cancelled: 0, timeout: 0, stopped: 0, restarts: 0, crashes: 0, wrong: [] };
const silence = { debug() {}, info() {}, warn() {}, error() {} };
const php = await Runtime.start({ threads: 2, ini: { memory_limit: '64M' }, logger: silence });

const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
const descriptors = () => readdirSync('/proc/self/fd').length;

let left = tasks;
async function send(app, mode, until) {
  while (left > until) {
    const count = Math.min(BATCH, left - until);
    left -= count;
    const response = await app.fetch(new Request(`http://localhost/${mode}.php?count=${count}&calm=3`));
    const text = await response.text();
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

async function round(until) {
  const app = await php.createScope({
    name: 'tasks',
    root,
    workers: [
      { file: `${root}/worker.php`, num: 2 },
      { file: `${root}/works.php`, background: true, name: 'works', num: 3, taskQueue: 4 },
    ],
  });
  app.on('worker:crash', () => seen.crashes++);
  await Promise.all(SENDERS.map((mode) => send(app, mode, until)));
  for (const { waiting, unaccepted } of php.status().tasks) {
    if (waiting + unaccepted > 0) seen.wrong.push(`${waiting} tasks wait, ${unaccepted} senders`);
  }
  await app.close();
  seen.restarts++;
}

const started = performance.now();
let before;
for (let scope = 1; scope <= SCOPES; scope++) {
  await round(Math.round(tasks * (1 - scope / SCOPES)));
  before ??= { memory: memory(), descriptors: descriptors() };
}
seen.seconds = (performance.now() - started) / 1000;
seen.grownMiB = memory() - before.memory;
seen.grownDescriptors = descriptors() - before.descriptors;
const ends = seen.done + seen.aborted + seen.cancelled + seen.timeout + seen.stopped;
if (ends !== tasks) seen.wrong.push(`${ends} ends`);
if (seen.grownMiB > 16) seen.wrong.push('memory has grown');
if (seen.grownDescriptors > 2) seen.wrong.push('descriptors are left');
seen.wrong = seen.wrong.slice(0, 20);
await php.stop();
console.log(JSON.stringify(seen));
process.exitCode = seen.wrong.length === 0 ? 0 : 1;
