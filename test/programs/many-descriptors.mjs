// Opens thousands of descriptors, then runs everything that waits with stream_select(), and stops it. Prints a line of
// JSON per observation. Arguments: the document root, and that of workers that have to be forced. Run under a large
// `ulimit -n`.
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime } from '../../dist/index.js';

const [, , root, deafRoot] = process.argv;
for (let descriptor = 0; descriptor < 2000; ) descriptor = openSync('/dev/null');
const log = (_fields, message) => console.log(JSON.stringify([message]));
const php = await Runtime.start({ threads: 1, logger: { debug() {}, info: log, warn: log, error: log } });
const app = await php.createScope({
  name: 'many-descriptors',
  root,
  workers: [{ file: join(root, 'background.php'), name: 'waits', background: true, num: 2 }],
});
console.log(JSON.stringify(['highest', app.vars('waits').current.highest]));
const response = await app.fetch(new Request('http://localhost/classic.php?case=readable'));
console.log(JSON.stringify(['selected', await response.json()]));
const deaf = ['pair', 'accept', 'udp'];
const file = join(deafRoot, 'background.php');
const forced = await php.createScope({
  name: 'forced',
  root,
  stopTimeout: 100,
  workers: deaf.map((name) => ({ file, name, background: true, num: 1, args: [name] })),
});
await forced.close();
console.log(JSON.stringify(['abandoned', php.status().abandonedThreads]));
const started = performance.now();
await php.stop();
console.log(JSON.stringify(['stopped', performance.now() - started]));
