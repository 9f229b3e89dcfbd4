// Ends in the way its argument says while PHP is busy; process-end.test.ts looks at how that went.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Runtime } from '../../dist/index.js';

const self = fileURLToPath(import.meta.url);
const root = join(dirname(self), '../php/ends');
const logger = { debug() {}, info() {}, warn() {}, error() {} };

async function begin(name) {
  const php = await Runtime.start({ threads: 2, logger });
  const workers = [{ file: join(root, 'background.php'), background: true, name: 'publisher', num: 1 }];
  const app = await php.createScope({ name, root, workers, stopTimeout: 5_000 });
  // More than there are threads: some are being served, others wait.
  for (let count = 0; count < 6; count++) app.fetch(new Request('http://localhost/busy.php')).catch(() => {});
  const response = app.fetch(new Request('http://localhost/quick.php'));
  await app.vars('publisher').ready();
  return { php, app, response };
}

async function inWorkers(mode) {
  const workers = [1, 2].map((name) => new Worker(self, { workerData: { mode, name: `worker-${name}` } }));
  if (mode === 'exit-with-workers') setTimeout(() => process.exit(7), 100);
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on('exit', resolve))));
}

if (!isMainThread) {
  const { php, app, response } = await begin(workerData.name);
  if (workerData.mode === 'workers-exit') process.exit(0);
  if (workerData.mode === 'workers-stop') {
    await response;
    await app.close();
    await php.stop();
  }
} else {
  const mode = process.argv[2];
  if (mode.includes('workers')) await inWorkers(mode);
  else {
    const { php } = await begin('main');
    if (mode === 'exit') process.exit(3);
    if (mode === 'throw') throw new Error('nobody catches this');
    if (mode === 'natural') php.unref();
    if (mode === 'stop') await php.stop();
    if (mode === 'kill') process.kill(process.pid, 'SIGTERM');
  }
}
