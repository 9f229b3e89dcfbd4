// Runs scripts that write to their standard streams, and prints what the log was told. Argument: the document root.
import { join } from 'node:path';
import { Runtime } from '../../dist/index.js';

const [, , root] = process.argv;
const lines = [];
const log = ({ worker }, message) => lines.push([worker, message]);
const php = await Runtime.start({ threads: 1, logger: { debug() {}, info: log, warn: log, error: log } });
const app = await php.createScope({
  name: 'standard-streams',
  root,
  workers: [
    { file: join(root, 'worker.php'), name: 'http', num: 1 },
    { file: join(root, 'background'), name: 'background', background: true, num: 1 },
  ],
});
const answers = { background: app.vars('background').current };
for (const mode of ['classic', 'worker']) {
  answers[mode] = await (await app.fetch(new Request(`http://localhost/${mode}.php`))).json();
}
await php.stop();
process.stdout.write(JSON.stringify({ lines, answers }));
