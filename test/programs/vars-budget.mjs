// An HTTP worker keeps the last 32 versions of vars that it saw, while a background worker publishes many. Prints what
// the workers saw, what that did to the process's memory, and what status and metrics tell, as JSON. Run with
// --expose-gc. Arguments: versions, bytes of each, `recycle` or nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../../dist/index.js';

const [, , versions, bytes, recycle] = process.argv;
const root = fileURLToPath(new URL('../php/vars-budget', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sidekick-budget-'));
const socket = join(folder, 'remote');
const answered = [];
let tell;
const connected = new Promise((resolve) => {
  const server = createServer((line) => {
    tell = (command, ...args) =>
      new Promise((answer) => {
        answered.push(answer);
        line.write(`${JSON.stringify([command, args])}\n`);
      });
    createInterface({ input: line }).on('line', (text) => {
      const message = JSON.parse(text);
      if (message.worker === undefined) answered.shift()(message);
      else resolve(server);
    });
  }).listen(socket);
});

const php = await Runtime.start({ threads: 1, ini: { memory_limit: '256M' }, vars: { budgetPerInstance: 8 << 20 } });
const app = await php.createScope({
  name: 'vars-budget',
  root,
  workers: [
    { file: join(root, 'worker.php'), num: 2, recycle: recycle === 'recycle' },
    { file: join(root, 'publisher.php'), background: true, name: 'told', num: 1, env: { REMOTE: socket } },
  ],
});
const server = await connected;

const ask = async (last) => {
  const response = await app.fetch(new Request(`http://localhost/worker.php?versions=100&last=${last}`));
  return response.json();
};
const rss = () => {
  global.gc();
  return process.memoryUsage().rss;
};

const report = { wrong: 0, seen: 0, requests: 0, superseded: 0, heldByOne: 0, growth: 0 };
async function publish(from, to) {
  let done = false;
  const publishing = tell('publish', from, to, Number(bytes)).then((answer) => {
    if (answer.error !== undefined) throw new Error(JSON.stringify(answer));
    done = true;
  });
  const reader = async () => {
    while (!done) {
      const { seen, wrong } = await ask(to);
      report.requests++;
      report.seen += seen;
      report.wrong += wrong;
      const { vars, threads } = php.status();
      report.superseded = Math.max(report.superseded, vars.supersededBytes);
      report.heldByOne = Math.max(report.heldByOne, ...threads.map((thread) => thread.supersededBytes));
    }
  };
  await Promise.all([publishing, reader(), reader()]);
}

// Until every worker keeps as many as it ever will.
let version = 0;
const full = () => php.status().threads.filter(({ kind, copiedReads }) => kind === 'http' && copiedReads >= 32).length;
while (full() < 2) {
  await publish(version + 1, version + 200);
  version += 200;
}
const before = rss();
const last = version + Number(versions);
while (version < last) {
  const to = Math.min(version + 2000, last);
  await publish(version + 1, to);
  version = to;
  report.growth = Math.max(report.growth, rss() - before);
}
report.threads = php.status().threads.filter((thread) => thread.kind === 'http');
report.metrics = php.metrics();
await php.stop();
server.close();
rmSync(folder, { recursive: true });
console.log(JSON.stringify(report));
