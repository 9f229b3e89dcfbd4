// 200 clients that send, and 200 that read, a byte at a time, beside fast ones. Prints, as JSON, how many PHP threads were
// busy while no fast client was there, and the fast ones' requests a second with and without the slow ones, in turn.
// argv: document root, mode, rounds, milliseconds a round.
import { Agent, createServer, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime } from '../../dist/index.js';

const [root, mode, rounds, milliseconds] = [
  process.argv[2],
  process.argv[3],
  Number(process.argv[4]),
  Number(process.argv[5]),
];
const CLIENTS = 200;
const php = await Runtime.start({ threads: 2 });
const app = await php.createScope({ name: 'slow', root, workers: [{ file: `${root}/worker.php`, num: 2 }] });
const server = createServer(app.listener).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address();
const script = `/${mode}.php`;
const busy = () => php.status().threads.filter((thread) => thread.busy).length;

/** A client whose body takes for ever. */
function sender() {
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST ${script} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`);
  const timer = setInterval(() => socket.write('x'), 1000);
  return { socket, timer };
}

/** A client that asks for a MiB and takes a byte of it now and then. */
function reader() {
  const socket = connect({ port, host: '127.0.0.1', highWaterMark: 1 });
  socket.write(`GET ${script}?do=send&bytes=1000000 HTTP/1.1\r\nHost: x\r\n\r\n`);
  socket.pause();
  const timer = setInterval(() => socket.read(1), 1000);
  return { socket, timer };
}

function close(clients) {
  for (const { socket, timer } of clients) {
    clearInterval(timer);
    socket.destroy();
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const ask = () =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: `${script}?do=ignore`, agent }, (response) => {
      response.resume().once('end', resolve);
    })
      .once('error', reject)
      .end();
  });

async function throughput() {
  const end = performance.now() + milliseconds;
  let answered = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() < end) {
        await ask();
        answered++;
      }
    }),
  );
  return (answered * 1000) / milliseconds;
}

const served = () => php.status().threads.reduce((sum, { requests }) => sum + requests, 0);
const alone = [];
const beside = [];
let mostBusy = 0;
await throughput();
for (let round = 0; round < rounds; round++) {
  alone.push(await throughput());
  const before = served();
  const clients = Array.from({ length: CLIENTS }, (_, at) => (at % 2 === 0 ? sender() : reader()));
  while (served() < before + CLIENTS / 2) await sleep(10); // the readers' scripts are done
  mostBusy = Math.max(mostBusy, busy());
  beside.push(await throughput());
  close(clients);
  await sleep(50);
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
console.log(JSON.stringify({ mostBusy, alone: median(alone), beside: median(beside), left: busy() }));
agent.destroy();
server.closeAllConnections();
server.close();
await php.stop();
