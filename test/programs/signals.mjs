// Handles signals while PHP serves requests in both modes, without a pause. Prints `serving`, then `caught <name>` for
// each; ends with what was served once all have come. The argument is the document root.
import { Runtime } from '../../dist/index.js';

const root = process.argv[2];
const names = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'];
const missing = new Set(names);
const php = await Runtime.start({ threads: 2 });
const app = await php.createScope({ name: 'signals', root, workers: [{ file: `${root}/worker.php`, num: 2 }] });
const ask = async (mode) => (await app.fetch(new Request(`http://localhost/${mode}.php`))).text();
for (const name of names) {
  process.on(name, () => {
    missing.delete(name);
    console.log(`caught ${name}`);
  });
}

let served = 0;
let wrong = 0;
async function keepServing(mode) {
  while (missing.size > 0) {
    if ((await ask(mode)) === `${mode} done`) served++;
    else wrong++;
    if (served === 20) console.log('serving');
  }
}
// Two per thread: PHP is never idle.
await Promise.all(['classic', 'worker'].flatMap((mode) => Array.from({ length: 4 }, () => keepServing(mode))));
await php.stop();
console.log(`served ${served >= 20}, wrong ${wrong}`);
