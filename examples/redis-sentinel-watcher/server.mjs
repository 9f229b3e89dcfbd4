// A background worker listens to Redis Sentinel and publishes which server is the master. Every request finds the
// address in memory, and a failover reaches all threads the moment the sentinel tells of it.
//
//   Sentinel ──+switch-master──► bin/sentinel-watcher.php ──► shared vars ──┬─► public/index.php ──► the master
//                                                                          └─► this file
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Runtime } from 'php-sidekick';

const here = fileURLToPath(new URL('.', import.meta.url));
const port = Number(process.env.PORT || 8080);

const php = await Runtime.start({ threads: 1 });
const app = await php.createScope({
  name: 'redis-sentinel-watcher',
  root: `${here}public`,
  env: {
    SENTINELS: process.env.SENTINELS || '127.0.0.1:26379', // host:port, separated by commas
    REDIS_GROUP: process.env.REDIS_GROUP || 'mymaster',
  },
  workers: [
    { file: `${here}bin/sentinel-watcher.php`, background: true, name: 'sentinel-watcher', num: 1 },
    { file: `${here}public/index.php`, num: 2 },
  ],
  stopTimeout: 500, // milliseconds for scripts to end by themselves: these need a few
});
const server = createServer(app.listener);

// JavaScript hears of each failover, too.
async function tellChanges() {
  let known;
  for await (const { master } of app.vars('sentinel-watcher')) {
    if (master !== known) console.log(`master: ${master}`);
    known = master;
  }
}

let stopping = false;
async function stop(exitCode) {
  if (stopping) return;
  stopping = true;
  process.exitCode = exitCode;
  server.close();
  server.closeAllConnections();
  await php.stop();
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

server.on('error', (error) => {
  console.error(
    error.code === 'EADDRINUSE' ? `port ${port} is taken: set PORT to another one, or to 0` : error.message,
  );
  stop(1);
});
server.listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
  tellChanges();
});
