// Lets scripts change locale and umask, and prints what they and this process saw, as JSON. argv: the document root.
import { Runtime } from '../../dist/index.js';

const root = process.argv[2];
const warnings = [];
const note = (_fields, message) => warnings.push(message);
const logger = { debug() {}, info() {}, warn: note, error: note };
const php = await Runtime.start({ threads: 2, logger, ini: { display_errors: 0, log_errors: 1 } });
const app = await php.createScope({ root });
const ask = async (query) => (await app.fetch(new Request(`http://localhost/classic.php?${query}`))).json();
const before = process.umask();
const set = await ask('do=set&locale=C.UTF-8');
const umask = await ask('do=umask');
const after = process.umask();
await php.stop();
console.log(JSON.stringify({ set, umask, before, after, warnings }));
