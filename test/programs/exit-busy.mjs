// Ends by process.exit(5) while PHP is deep in work: worker-mode requests that compute and sleep, or a background
// worker blocked in sleep(60). Arguments: the document root, `requests` or `background`.
import { Runtime } from '../../dist/index.js';

const [, , root, mode] = process.argv;
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const php = await Runtime.start({ threads: 1, logger });
const workers = [
  { file: `${root}/worker.php`, num: 4 },
  { file: `${root}/blocked.php`, name: 'blocked', background: true },
];
const app = await php.createScope({ name: 'exit-busy', root, workers });
const send = (work) => app.fetch(new Request(`http://localhost/worker.php?do=${work}`)).catch(() => {});
if (mode === 'requests') {
  // More than there are instances: two of each kind are served, the rest waits.
  for (const work of ['compute', 'sleep', 'compute', 'sleep', 'quick', 'quick']) send(work);
  while (php.status().threads.filter(({ busy }) => busy).length < 4) await new Promise(setImmediate);
} else {
  await app.vars('blocked').ready();
  await send('quick');
}
process.exit(5);
