// Runs one PHP script as a classic request and prints what it answers: one-script.mjs <root> <script>
import { Runtime } from '../../dist/index.js';

const [, , root, script] = process.argv;
const php = await Runtime.start({ threads: 1 });
const app = await php.createScope({ name: 'one-script', root });
const response = await app.fetch(new Request(`http://localhost/${script}`));
console.log(await response.text());
await php.stop();
