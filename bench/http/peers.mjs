// Who is measured: each peer is a server in processes of its own, started for one section and stopped after it.
import { fork, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startFpm } from './fpm.mjs';

const PAGES = fileURLToPath(new URL('php', import.meta.url));

/** {port, pids, stop} of a server once it listens; `listening` is called with what takes its port. */
async function started(child, listening) {
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = await new Promise((resolve, reject) => {
    listening(resolve);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(/^\w*Error: .*/m.exec(said)?.[0] ?? 'it ended')));
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { port, pids: [child.pid], stop };
}

/** A program of servers/; it sends its port when it listens. */
function startProgram(name, args, env) {
  const file = fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));
  const child = fork(file, args.map(String), { env: { ...process.env, ...env }, silent: true });
  return started(child, (resolve) => child.once('message', ({ port }) => resolve(port)));
}

/** The program of frankenphp/; it prints its port when it listens. */
function startFrankenPhp({ threads, classes, found }, ...more) {
  // GODEBUG: as FrankenPHP's own images set it, cgo does not check the pointers that it passes.
  const env = { ...process.env, BENCH_CLASSES: classes, GODEBUG: 'cgocheck=0' };
  const child = spawn(found.get('FrankenPHP'), ['-root', PAGES, '-threads', String(threads), ...more], { env });
  return started(child, (resolve) => createInterface(child.stdout).once('line', (line) => resolve(Number(line))));
}

/**
 * `needs`: things that bench/http/build must have found; `lacks`: pages that it has not; `start` gets `{threads,
 * classes, found, folder}`.
 */
export const PEERS = [
  {
    label: 'php-sidekick, worker',
    start: ({ threads, classes }) => startProgram('sidekick', ['worker', threads], { BENCH_CLASSES: classes }),
  },
  {
    label: 'php-sidekick, classic',
    start: ({ threads, classes }) => startProgram('sidekick', ['classic', threads], { BENCH_CLASSES: classes }),
  },
  {
    label: 'node:http alone',
    lacks: ['app'],
    start: () => startProgram('node', [], {}),
  },
  {
    label: 'php-node',
    needs: ['@platformatic/php-node'],
    start: ({ threads, classes, found }) => {
      const env = { BENCH_CLASSES: classes, UV_THREADPOOL_SIZE: String(threads) };
      const libraries = found.get('php-node-libraries');
      return startProgram('php-node', [], libraries === undefined ? env : { ...env, LD_LIBRARY_PATH: libraries });
    },
  },
  {
    label: 'FrankenPHP, worker',
    needs: ['FrankenPHP'],
    start: (options) => startFrankenPhp(options, '-worker', `${PAGES}/worker.php`),
  },
  {
    label: 'FrankenPHP, classic',
    needs: ['FrankenPHP'],
    start: (options) => startFrankenPhp(options),
  },
  {
    label: 'nginx + php-fpm',
    needs: ['nginx', 'php-fpm', 'php-fpm-modules'],
    start: ({ threads, classes, found, folder }) =>
      startFpm({
        nginx: found.get('nginx'),
        fpm: found.get('php-fpm'),
        modules: found.get('php-fpm-modules'),
        folder: `${folder}/fpm`,
        root: PAGES,
        classes,
        threads,
      }),
  },
];
