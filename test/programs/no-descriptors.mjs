// Takes every descriptor the process may have, tries everything that needs some, gives them back, and tries again.
// Prints one JSON line per attempt. Argument: the document root. Run under a small `ulimit -n`.
import { closeSync, openSync } from 'node:fs';
import { Runtime } from '../../dist/index.js';

const root = process.argv[2];
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const outcome = async (what, attempt) => {
  const said = await attempt().catch((error) => `${error.code}: ${error.message}`);
  console.log(JSON.stringify([what, said]));
};
const background = { file: `${root}/background.php`, name: 'background', background: true, maxConsecutiveFailures: 2 };

const taken = [];
function takeAll() {
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch {}
}
function giveBack() {
  for (const descriptor of taken.splice(0)) closeSync(descriptor);
}

takeAll();
let php;
const start = async () => {
  php = await Runtime.start({ threads: 2, logger });
  return 'started';
};
await outcome('start without descriptors', start);
giveBack();
if (php === undefined) await outcome('start', start);
const app = await php.createScope({
  name: 'first',
  root,
  workers: [{ file: `${root}/worker.php`, num: 1 }, background],
});
const ask = async (path) => {
  const response = await app.fetch(new Request(`http://localhost/${path}`));
  return `${response.status} ${(await response.text()).trim()}`;
};
await outcome('classic', () => ask('classic.php'));
takeAll();
await outcome('cached worker without descriptors', () => ask('worker.php'));
await outcome('uncached script without descriptors', async () => (await ask('other.php')).slice(0, 3));
await outcome('background without descriptors', async () => {
  await app.ensure('background', { timeout: 10_000 });
  return 'ready';
});
await outcome('scope without descriptors', async () => {
  const more = await php.createScope({
    name: 'second',
    root,
    workers: [{ ...background, num: 1 }],
    startTimeout: 10_000,
  });
  await more.close();
  return 'created';
});
giveBack();
await outcome('classic again', () => ask('classic.php'));
await outcome('background again', async () => {
  await app.ensure('background', { timeout: 10_000 });
  return 'ready';
});
await php.stop();
console.log(JSON.stringify(['stopped', 'stopped']));
