// php-sidekick behind node:http. argv: mode, threads.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../../../dist/index.js';

const [mode, threads] = [process.argv[2], Number(process.argv[3])];
const root = fileURLToPath(new URL('../php', import.meta.url));
const ini = { 'opcache.validate_timestamps': 0, post_max_size: '16M' };
const php = await Runtime.start({ threads: mode === 'classic' ? threads : 1, ini });
const workers = mode === 'worker' ? [{ file: `${root}/worker.php`, num: threads, match: '/*' }] : [];
const app = await php.createScope({ name: 'bench', root, workers });
const server = createServer(app.listener).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
