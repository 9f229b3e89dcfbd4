// Stops a worker that looks up a name at a name server which never answers (127.77.0.1, as /etc/resolv.conf says here),
// and prints how many threads were abandoned. Argument: the document root.
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { Runtime } from '../../dist/index.js';

const [, , root] = process.argv;
const server = createSocket('udp4').bind(53, '127.77.0.1');
const asked = new Promise((resolve) => server.once('message', resolve));
const php = await Runtime.start({ threads: 1, logger: { debug() {}, info: console.error, warn() {}, error() {} } });
const app = await php.createScope({
  name: 'lookup',
  root,
  stopTimeout: 100,
  workers: [{ file: join(root, 'background.php'), name: 'lookup', background: true, num: 1, args: ['lookup'] }],
});
await asked;
await app.close();
console.log(php.status().abandonedThreads);
server.close();
await php.stop();
