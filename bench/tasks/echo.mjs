// The worker of piscina, and of postMessage: gives back what it is sent.
import { parentPort } from 'node:worker_threads';
import { isWorkerThread } from 'piscina';

if (!isWorkerThread) parentPort.on('message', (value) => parentPort.postMessage(value));
export const echo = (value) => value;
