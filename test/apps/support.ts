// What scripts/test-apps has unpacked, and a MariaDB server from there.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const apps = process.env['SIDEKICK_APPS'] ?? '';

/** Where the files of the packages are, as they would be below `/`. */
export const unpacked = (path: string): string => join(apps, path);

/** Whether all of them are there; says what is not. */
export function have(...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => apps === '' || !existsSync(unpacked(path)));
  if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} missing; run npm run test:apps on Debian`);
  return missing.length === 0;
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

/** A MariaDB with an empty data folder, on a socket in that folder; it asks nobody for a password. */
export class MariaDb {
  readonly socket: string;
  readonly #folder: string;
  readonly #end: () => Promise<void>;

  private constructor(folder: string, end: () => Promise<void>) {
    this.#folder = folder;
    this.socket = join(folder, 'socket');
    this.#end = end;
  }

  static async start(): Promise<MariaDb> {
    const folder = mkdtempSync(join(tmpdir(), 'sidekick-mariadb-'));
    const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu'];
    const root = process.getuid?.() === 0 ? ['--user=root'] : [];
    const options = [
      '--no-defaults',
      ...root,
      '--skip-grant-tables',
      '--skip-networking',
      `--basedir=${unpacked('usr')}`,
      `--lc-messages-dir=${unpacked('usr/share/mysql')}`,
      `--datadir=${folder}`,
      `--socket=${join(folder, 'socket')}`,
      '--innodb-buffer-pool-size=32M',
      '--innodb-flush-log-at-trx-commit=0',
    ];
    const env = { ...process.env, LD_LIBRARY_PATH: libraries.map(unpacked).join(':') };
    const child = spawn(unpacked('usr/sbin/mariadbd'), options, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-2000);
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const server = new MariaDb(folder, async () => {
      child.kill('SIGTERM');
      await ended;
    });
    while (!(await accepts(server.socket))) {
      if (child.exitCode !== null) throw new Error(`MariaDB did not start: ${said}`);
      await sleep(50);
    }
    return server;
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Cookies as a browser keeps them, for fetch(). */
export class Jar {
  readonly #cookies = new Map<string, string>();

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('Cookie', cookie);
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return response;
  }

  /** For a browser that is to go on where this jar is. */
  cookies(url: string): { name: string; value: string; url: string }[] {
    return [...this.#cookies].map(([name, value]) => ({ name, value, url }));
  }
}
