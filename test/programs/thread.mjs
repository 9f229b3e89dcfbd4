// A worker_thread of threads.test.ts: joins the runtime of the process and does what it is told, one thing at a time.
import { parentPort, workerData } from 'node:worker_threads';

const { Runtime } = await import(workerData.lib);
const php = await Runtime.start(workerData.options);
const found = php.scope(workerData.scope);

const DO = {
  fetch: async () =>
    (await found.fetch(new Request('http://localhost/page.php', { headers: { 'x-from': 'a thread' } }))).text(),
  startWith: async (options) => (await Runtime.start(options)).phpVersion,
  open: async (options) => (await php.createScope(options)).name,
  serve: async (name) => {
    // Until the thread ends.
    found.onTask(name, async function* () {
      yield { begun: true };
      await new Promise(() => {});
    });
  },
};

parentPort.on('message', async ({ what, given }) => {
  if (what === 'exit') process.exit(); // of this thread
  try {
    parentPort.postMessage({ result: await DO[what](given) });
  } catch (error) {
    parentPort.postMessage({ code: error.code, message: error.message });
  }
});
parentPort.postMessage('ready');
