// A background worker watches a configuration and publishes it; two PHP workers and this JavaScript read it, from the
// same memory, without a copy and without asking anybody.
//
//   config.json or Redis ──► bin/config-watcher.php ──► shared vars ──┬─► public/index.php, twice   GET /php
//                ▲                (its own thread)                     └─► this file                 GET /js
//                └───────────────── POST /change ◄── page.html  GET /
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Runtime } from 'php-sidekick';

const here = fileURLToPath(new URL('.', import.meta.url));
const port = Number(process.env.PORT || 8080);
const configFile = resolve(process.env.CONFIG_FILE || `${here}config.json`);
const page = await readFile(`${here}page.html`);

const php = await Runtime.start({ threads: 1 });
const app = await php.createScope({
  name: 'config-watcher',
  root: `${here}public`,
  env: { CONFIG_FILE: configFile }, // REDIS_URL and REDIS_KEY are in the environment already, if they are set
  workers: [
    { file: `${here}bin/config-watcher.php`, background: true, name: 'config-watcher', num: 1 },
    { file: `${here}public/index.php`, num: 2 },
  ],
  stopTimeout: 500, // milliseconds for scripts to end by themselves: these need a few
});
const config = app.vars('config-watcher');

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/') return send(response, 'text/html; charset=utf-8', page);
  if (pathname === '/js') return send(response, 'application/json', JSON.stringify(readInJavaScript()));
  app.listener(request, response); // everything else is PHP's: public/index.php
});

function readInJavaScript() {
  const a = config.current; // a plain property read: no call into PHP, no waiting
  const b = config.current;
  return { ...a, version: config.version, same: a === b, nanoseconds: timeOfARead() };
}

function timeOfARead() {
  const started = process.hrtime.bigint();
  for (let reads = 0; reads < 1000; reads++) config.current;
  return Number(process.hrtime.bigint() - started) / 1000;
}

function send(response, type, body) {
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
}

// Ctrl-C comes twice when npm passes it on: the second one must not cut the first one short, hence `on`, not `once`.
let stopping = false;
async function stop(exitCode) {
  if (stopping) return;
  stopping = true;
  process.exitCode = exitCode;
  server.close();
  server.closeAllConnections();
  await php.stop(); // the background worker sees EOF on its handle, the HTTP workers' loops end
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
  console.log(`watching ${config.current?.source ?? 'nothing yet'}`);
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
