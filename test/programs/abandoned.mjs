// Stops workers that PHP cannot interrupt, then the runtime, and prints a line of JSON per observation. Arguments: the
// document root, the worker's argument (deaf.php); with `returns`, waits until the thread has come back.
import { Runtime } from '../../dist/index.js';

const [, , root, how] = process.argv;
const say = (what, value) => console.log(JSON.stringify([what, value]));
const logger = { debug() {}, info() {}, warn() {}, error: (fields, message) => say('error', [fields.worker, message]) };
const php = await Runtime.start({ threads: 1, logger });
const app = await php.createScope({
  name: 'deaf',
  root,
  stopTimeout: 100,
  env: { FORCE_ROUNDS: process.env.FORCE_ROUNDS ?? '0' },
  workers: [{ file: `${root}/deaf.php`, name: 'deaf', background: true, num: 1, args: [how] }],
});
app.on('worker:failed', ({ worker, error }) => say('failed', [worker, error.code]));
await app.vars('deaf').ready();
let started = performance.now();
await app.close();
say('closed', performance.now() - started);
say('abandoned', php.status().abandonedThreads);
if (how === 'returns') {
  while (php.status().abandonedThreads > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
started = performance.now();
await php.stop();
say('stopped', performance.now() - started);
const again = await Runtime.start({ threads: 1, logger }).then(
  (runtime) => runtime.stop().then(() => 'started'),
  ({ code }) => code,
);
say('started again', again);
