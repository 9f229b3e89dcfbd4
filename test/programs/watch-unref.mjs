// Watches the files of a worker, and holds nothing else: the process ends. argv: the folder of its background.php.
import { join } from 'node:path';
import { Runtime } from '../../dist/index.js';

const root = process.argv[2];
const php = await Runtime.start({ threads: 1 });
php.unref();
await php.createScope({
  root,
  workers: [{ file: join(root, 'background.php'), background: true, name: 'a', num: 1, watch: root }],
});
console.log('watching');
