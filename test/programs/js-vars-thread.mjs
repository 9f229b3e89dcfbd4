// A worker_thread of js-vars-threads.test.ts: finds the scope that the main thread has opened, publishes what it is
// told to, and ends.
import { parentPort, workerData } from 'node:worker_threads';

const { Runtime } = await import(workerData.lib);
const php = await Runtime.start(workerData.options);
const vars = php.scope(workerData.scope).vars('flags');
async function loop() {
  parentPort.postMessage('looping');
  for await (const _ of vars);
  parentPort.postMessage('loop ended');
}
parentPort.on('message', (message) => {
  if (message === 'end') {
    parentPort.close();
    return;
  }
  if (message === 'loop') {
    loop();
    return;
  }
  try {
    vars.publish(message);
    parentPort.postMessage({ version: vars.version, current: vars.current });
  } catch (error) {
    parentPort.postMessage({ code: error.code, path: error.path });
  }
});
parentPort.postMessage('ready');
