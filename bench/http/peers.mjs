// Who is measured: each peer is a server in processes of its own, started for one section and stopped after it.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startFpm } from './fpm.mjs';

/** A program of servers/; it sends its port when it listens. */
async function startProgram(name, args, env) {
  const file = fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));
  const child = fork(file, args.map(String), { env: { ...process.env, ...env }, silent: true });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.port));
    child.once('exit', () => reject(new Error(/^\w*Error: .*/m.exec(said)?.[0] ?? 'it ended')));
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { port, pids: [child.pid], stop };
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
    label: 'nginx + php-fpm',
    needs: ['nginx', 'php-fpm', 'php-fpm-modules'],
    start: ({ threads, classes, found, folder }) =>
      startFpm({
        nginx: found.get('nginx'),
        fpm: found.get('php-fpm'),
        modules: found.get('php-fpm-modules'),
        folder: `${folder}/fpm`,
        root: fileURLToPath(new URL('php', import.meta.url)),
        classes,
        threads,
      }),
  },
];
