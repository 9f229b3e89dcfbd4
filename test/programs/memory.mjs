// Sends requests to HTTP workers and prints what that did to the process's memory, as JSON. Run with --expose-gc.
// Arguments: document root, requests to warm up with, requests to measure, `fetch` or `listener`.
import { Agent, createServer, request } from 'node:http';
import { Runtime } from '../../dist/index.js';

const [, , root, warm, measured, entrance] = process.argv;
const php = await Runtime.start({ threads: 1 });
const workers = [
  { file: `${root}/worker.php`, num: 2 },
  { file: `${root}/settings.php`, name: 'settings', background: true, num: 1 },
];
const app = await php.createScope({ name: 'memory', root, workers });
const server = createServer(app.listener).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address();
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function send(id) {
  const form = `a=${id}&b=${'x'.repeat(id % 100)}`;
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const path = `/worker.php?id=${id}`;
  if (entrance === 'fetch') {
    const init = { method: 'POST', body: form, headers };
    return app.fetch(new Request(`http://localhost${path}`, init)).then((response) => response.json());
  }
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    outgoing.on('error', reject);
    outgoing.end(form);
  });
}

let wrong = 0;
async function sendMany(count) {
  let next = 0;
  const one = async () => {
    while (next < count) {
      const id = next++;
      const answer = await send(id);
      if (answer.id !== String(id) || answer.form.a !== String(id) || answer.setting !== 'on') wrong++;
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
}

function measure() {
  for (let turn = 0; turn < 4; turn++) global.gc();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const php_ = php.status().threads.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  return { rss, heapTotal, heapUsed, external, php: php_ };
}

await sendMany(Number(warm));
const first = measure();
const started = performance.now();
await sendMany(Number(measured));
const milliseconds = Math.round(performance.now() - started);
const last = measure();
console.log(JSON.stringify({ first, last, wrong, milliseconds }));
agent.destroy();
server.close();
await php.stop();
