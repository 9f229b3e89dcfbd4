// A real Redis, or a sentinel, on a free port of 127.0.0.1.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'vitest';
import { freePort, plainEnvironment } from './example.js';

/** Whether there is a redis-server to start. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** Skips the test when there is none. */
export const needRedis = ({ skip }: TestContext): void =>
  skip(!hasRedis, 'redis-server is missing: run scripts/test-tools');

export class RedisServer {
  readonly port: number;
  readonly address: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.address = `127.0.0.1:${port}`;
    this.#args = args;
  }

  /** `args` of redis-server before its port; a sentinel's are its configuration file and `--sentinel`. */
  static async start(args: readonly string[] = ['--save', '']): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    await server.start();
    return server;
  }

  /** Starts it again on its port. */
  async start(): Promise<void> {
    const args = [...this.#args, '--port', `${this.port}`, '--bind', '127.0.0.1'];
    const child = spawn('redis-server', args, { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      child.stdout.on('data', (chunk) => /Ready to accept connections|Sentinel ID is/.test(`${chunk}`) && resolve());
    });
  }

  /** Its answer to a command. */
  command(...words: string[]): string {
    const args = ['-p', `${this.port}`, ...words];
    return execFileSync('redis-cli', args, { env: plainEnvironment(), encoding: 'utf8' }).trim();
  }

  /** Ends it; a SIGKILL is a crash. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
