// Starts and stops the processes that measure (host.mjs), and a Redis server for them.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HOSTS, hostOf } from './peers.mjs';
import { wayOf, writeScripts } from './scripts.mjs';

/** One host as the parent sees it: its actions, each a promise. */
class Host {
  #child;
  #next = 1;
  #waiting = new Map();
  #ended;

  constructor(child) {
    this.#child = child;
    child.on('message', ({ id, result, error }) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (error !== undefined) reject?.(new Error(error));
      else resolve?.(result);
    });
    this.started = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    this.#ended = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        for (const { reject } of this.#waiting.values()) reject(new Error(`a host ended (${signal ?? code})`));
        resolve();
      });
    });
  }

  #ask(action, ...args) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, action, args });
    });
  }

  /** Calls a PHP function in a request: `read` is classic, `worker` an HTTP worker. */
  call(mode, name, args = []) {
    return this.#ask('call', mode, name, args);
  }

  /** Has the background worker of a payload do something. */
  tell(payload, command, ...args) {
    return this.#ask('tell', payload, command, ...args);
  }

  javascript(name, ...args) {
    return this.#ask('javascript', name, ...args);
  }

  /** Bytes. */
  rss() {
    return this.#ask('rss');
  }

  versions() {
    return this.#ask('versions');
  }

  async stop() {
    if (this.#child.connected) this.#child.disconnect();
    const bound = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await this.#ended;
    clearTimeout(bound);
  }
}

/** Threads for classic requests: enough for five that hold an array, and one that opens gates. */
const THREADS = 8;

/**
 * Starts a host per APCu serializer that can be had, with `peers` (those that can be measured) spread over them, and
 * Redis. `files`: the path of each thing that bench/copy/build made, by name.
 */
export async function startHosts(peers, files) {
  const folder = mkdtempSync(join(tmpdir(), 'sidekick-bench-'));
  const hosts = {};
  let redis;
  let stopping;
  const stop = () => {
    stopping ??= (async () => {
      await Promise.all(Object.values(hosts).map((host) => host.stop()));
      await redis?.stop();
      rmSync(folder, { recursive: true, force: true });
    })();
    return stopping;
  };
  try {
    if (files.has('redis') && files.has('redis-server')) redis = await startRedis(files.get('redis-server'), folder);
    const env = {
      ...process.env,
      BENCH_REDIS_PORT: String(redis?.port ?? 0),
      BENCH_SHM_KEY: String(0x51de0000 + (process.pid & 0xfff) * 16),
    };
    for (const [name, serializer] of Object.entries(HOSTS)) {
      const own = peers.filter((peer) => hostOf(peer) === name);
      if (own.length === 0) continue;
      const root = join(folder, name);
      writeScripts(root, own);
      const iniFile = join(folder, `${name}.ini`);
      writeFileSync(iniFile, iniOf(files, serializer));
      const removable = own.filter(({ remove }) => remove !== undefined).map(wayOf);
      const options = { folder: root, control: join(folder, `${name}.sock`), iniFile, threads: THREADS, removable };
      const child = fork(fileURLToPath(new URL('host.mjs', import.meta.url)), [JSON.stringify(options)], {
        env,
        execArgv: ['--expose-gc'],
        stdio: ['ignore', 2, 2, 'ipc'],
      });
      hosts[name] = new Host(child);
    }
    await Promise.all(Object.values(hosts).map((host) => host.started));
  } catch (error) {
    await stop();
    throw error;
  }
  return { hosts, stop };
}

function iniOf(files, serializer) {
  const extensions = ['bench', 'igbinary', 'apcu', 'redis'].filter((name) => files.has(name));
  return `${extensions.map((name) => `extension=${files.get(name)}`).join('\n')}
memory_limit=4G
display_errors=1
html_errors=0
opcache.jit=disable
opcache.file_update_protection=0
opcache.memory_consumption=1024
opcache.interned_strings_buffer=64
apc.enabled=1
apc.shm_size=512M
apc.serializer=${serializer}
`;
}

/** A Redis server of our own, on a free port of the loopback interface, that keeps nothing. */
async function startRedis(program, folder) {
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  const options = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    '--daemonize',
    'no',
  ];
  const child = spawn(program, options.map(String), { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for (let attempt = 0; ; attempt++) {
    const reached = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (reached) return { port, stop };
    if (attempt === 200) {
      await stop();
      throw new Error('redis-server does not answer');
    }
    await sleep(25);
  }
}
