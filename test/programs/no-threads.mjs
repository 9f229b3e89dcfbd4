// Starts PHP again and again with one thread more to be had each time, until that is enough; prints each outcome.
// Argument: the document root.
import { Runtime } from '../../dist/index.js';

const root = process.argv[2];
const logger = { debug() {}, info() {}, warn() {}, error() {} };

async function tryIt(threads) {
  process.env.SIDEKICK_TEST_THREADS = String(threads);
  let php;
  try {
    php = await Runtime.start({ threads: 2, logger });
    const app = await php.createScope({ root, workers: [{ file: `${root}/worker.php`, num: 2 }], startTimeout: 2_000 });
    const response = await app.fetch(new Request('http://localhost/worker.php?do=quick'));
    return await response.text();
  } catch (error) {
    return `${error.code}: ${error.message}`;
  } finally {
    delete process.env.SIDEKICK_TEST_THREADS;
    await php?.stop();
  }
}

for (let threads = 0; threads <= 12; threads++) console.log(`${threads} ${await tryIt(threads)}`);
