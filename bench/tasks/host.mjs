// A process with one PHP thread that sends and one background worker that receives. Reads a query a line from its
// standard input, and prints what bench/tasks/php/index.php measured.
import { createInterface } from 'node:readline';
import { Runtime } from '../../dist/index.js';

const root = process.argv[2];
const log = (_fields, message) => console.error(message);
const php = await Runtime.start({
  threads: 1,
  ini: { memory_limit: -1, max_execution_time: 0 },
  logger: { debug() {}, info() {}, warn: log, error: log },
});
const app = await php.createScope({
  root,
  workers: [{ file: `${root}/works.php`, background: true, name: 'works', num: 1, taskQueue: 1000 }],
});
for await (const query of createInterface({ input: process.stdin })) {
  const response = await app.fetch(new Request(`http://localhost/index.php?${query}`));
  console.log(await response.text());
}
await php.stop();
