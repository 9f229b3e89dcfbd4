// A process that runs PHP for the benchmark: one runtime, an HTTP worker, a background worker per payload. It does what
// its parent (hosts.mjs) asks over IPC; what JavaScript measures (javascript.mjs) runs here too, beside PHP.
// Argument: JSON of {folder, control, iniFile, threads, removable}; the last are peers that outlive the process if left.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '../../dist/index.js';
import { PAYLOADS } from '../common/payloads.mjs';
import { close as closeJavascript, MEASURES } from './javascript.mjs';

const { folder, control, iniFile, threads, removable } = JSON.parse(process.argv[2]);
const quiet = {
  debug() {},
  info() {},
  warn: (_, message) => console.error(message),
  error: (_, message) => console.error(message),
};

/** Sockets of the background workers that have connected, by name, each with the answers that are awaited. */
const publishers = new Map();
const server = createServer((socket) => {
  const answers = [];
  let name;
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    if (name !== undefined) return answers.shift()?.resolve(JSON.parse(line));
    name = line;
    publishers.set(name, { socket, answers });
    server.emit('publisher');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const { reject } of answers) reject(new Error(`the background worker ${name} ended`));
    if (publishers.get(name)?.socket === socket) publishers.delete(name);
  });
}).listen(control);
await once(server, 'listening');

const php = await Runtime.start({ threads, iniFile, logger: quiet });
const env = { BENCH_CONTROL: control };
const app = await php.createScope({
  name: 'bench',
  root: folder,
  env,
  jsVars: [
    ...Array.from({ length: 1000 }, (_, number) => `name-${number}`),
    ...Object.keys(PAYLOADS).map((name) => `name-${name}`),
  ],
  workers: [
    { file: `${folder}/worker.php`, num: 2 },
    { file: `${folder}/recycled.php`, num: 2, recycle: true },
    ...Object.keys(PAYLOADS).map((name) => ({ file: `${folder}/publisher.php`, background: true, name, num: 1 })),
  ],
});

/** Has the background worker `name` run a command of publisher.php. */
async function tell(name, command, ...args) {
  while (!publishers.has(name)) await once(server, 'publisher');
  const { socket, answers } = publishers.get(name);
  const answer = new Promise((resolve, reject) => answers.push({ resolve, reject }));
  socket.write(`${JSON.stringify([command, args])}\n`);
  return answer;
}

const actions = {
  /** Calls a function in a request; `mode` is `read` (classic) or `worker`. */
  async call(mode, name, args) {
    const query = new URLSearchParams({ call: name, with: JSON.stringify(args) });
    const response = await app.fetch(new Request(`http://localhost/${mode}.php?${query}`));
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${mode}.php, ${name}(${args}): ${response.status} ${text.slice(0, 500)}`);
    }
  },
  tell,
  rss: async () => 4096 * Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]),
  versions: async () => ({ php: php.phpVersion, node: process.versions.node }),
  javascript: async (name, ...args) => MEASURES[name]({ app, tell, folder }, ...args),
};

process.on('message', async ({ id, action, args }) => {
  const answer = await actions[action](...args).then(
    (result) => ({ id, result }),
    (error) => ({ id, error: error.stack }),
  );
  if (process.connected) process.send(answer);
});
process.on('disconnect', async () => {
  closeJavascript();
  const removals = [...publishers.keys()].flatMap((name) => removable.map((way) => tell(name, 'remove', way)));
  await Promise.race([Promise.allSettled(removals), sleep(5000, undefined, { ref: false })]);
  await php.stop();
  for (const { socket } of publishers.values()) socket.destroy();
  server.close();
});
process.on('SIGINT', () => {}); // a terminal sends it to all; the parent disconnects
process.send({ id: 0 });
