// A process in which JavaScript sends tasks in one of the WAYS compared, to a single worker that gives each payload
// back. Reads a query a line from its standard input; prints nanoseconds for one task.
//
//   node javascript.mjs WAY FOLDER
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { payload } from '../common/payloads.mjs';

const [way, folder] = process.argv.slice(2);
const echo = fileURLToPath(new URL('echo.mjs', import.meta.url));

/** Each gives a function that sends one payload and a promise of what comes back. */
const WAYS = {
  'php-sidekick': async () => {
    const { Runtime } = await import('../../dist/index.js');
    const log = (_fields, message) => console.error(message);
    const php = await Runtime.start({
      threads: 1,
      ini: { memory_limit: -1 },
      logger: { debug() {}, info() {}, warn: log, error: log },
    });
    const app = await php.createScope({
      root: folder,
      workers: [{ file: `${folder}/echoes.php`, background: true, name: 'echoes', num: 1, taskQueue: 1000 }],
    });
    return { send: (value) => app.sendTask('echoes', value).result, stop: () => php.stop() };
  },
  piscina: () => piscina(1), // its default
  'piscina, 64 at once': () => piscina(64),
  postMessage: async () => {
    const worker = new Worker(echo);
    const waiting = [];
    worker.on('message', (value) => waiting.shift()(value)); // they come back in order
    const send = (value) => {
      worker.postMessage(value);
      return new Promise((resolve) => waiting.push(resolve));
    };
    return { send, stop: () => worker.terminate() };
  },
};

/** One thread, as ours, and so many tasks at once in it. */
async function piscina(concurrentTasksPerWorker) {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({ filename: echo, name: 'echo', minThreads: 1, maxThreads: 1, concurrentTasksPerWorker });
  return { send: (value) => pool.run(value), stop: () => pool.destroy() };
}

const { send, stop } = await WAYS[way]();

/** `count` tasks, `inFlight` of them at any time. */
async function tasks(value, inFlight, count) {
  let left = count;
  const sender = async () => {
    while (left-- > 0) {
      const back = await send(value);
      if (back === null || typeof back !== 'object') throw new Error(`${way} answers ${back}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
}

for await (const line of createInterface({ input: process.stdin })) {
  const query = Object.fromEntries(new URLSearchParams(line));
  const value = query.payload === 'int' ? { i: 1 } : payload(query.payload, 0);
  await tasks(value, Number(query.inFlight), Math.min(Number(query.count), 2000));
  const started = process.hrtime.bigint();
  await tasks(value, Number(query.inFlight), Number(query.count));
  console.log(Number(process.hrtime.bigint() - started) / Number(query.count));
}
await stop();
