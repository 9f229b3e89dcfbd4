// A PHP library that ships its own background worker. The application declares one script for all of them, without a
// name; the library asks for its worker by name when it is first used, and it is there.
//
//   public/index.php ──► Acme\FeatureFlags\Flags ──► 'acme/feature-flags' ──► bin/sidekick.php, the catch-all
//                                  ▲                                                  │ runs
//                                  └──── shared vars ◄──── Acme\FeatureFlags\Sidekick ◄── flags.json
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Runtime } from 'php-sidekick';

const here = fileURLToPath(new URL('.', import.meta.url));
const port = Number(process.env.PORT || 8080);
const flagsFile = resolve(process.env.FLAGS_FILE || `${here}flags.json`);

const php = await Runtime.start({ threads: 1 });
const app = await php.createScope({
  name: 'feature-flags',
  root: `${here}public`,
  env: { FLAGS_FILE: flagsFile },
  workers: [
    { file: `${here}public/index.php`, num: 2 },
    { file: `${here}bin/sidekick.php`, background: true }, // no name: for whatever the packages ask for
  ],
  stopTimeout: 500, // milliseconds for scripts to end by themselves: these need a few
});
const server = createServer(app.listener);

// JavaScript reads what the library's sidekick publishes, too.
async function tellChanges() {
  for await (const { flags, error } of app.vars('acme/feature-flags')) {
    console.log(error ?? `flags: ${Object.keys(flags).join(', ')}`);
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
