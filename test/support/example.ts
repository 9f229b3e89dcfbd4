// Starts a program of examples/ as a user does, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The environment without what a sanitizer's build wants preloaded into Node, for other programs. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { LD_PRELOAD: _, ...env } = process.env;
  return env;
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** An example under way. */
export class Example {
  /** Where it listens. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #output: { text: string };

  private constructor(child: ChildProcess, url: string, output: { text: string }) {
    this.#child = child;
    this.url = url;
    this.#output = output;
  }

  /** Starts `examples/<name>/server.mjs` on a free port. */
  static async start(name: string, env: Record<string, string>): Promise<Example> {
    const program = fileURLToPath(new URL(`../../examples/${name}/server.mjs`, import.meta.url));
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { text: '' };
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output.text += chunk;
        const line = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output.text);
        if (line) resolve(line[1]!);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`the example ended with ${code}: ${output.text}`)));
    });
    return new Example(child, url, output);
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output.text;
  }

  /** Ends it as Ctrl-C does; how it ended, and in how many milliseconds. */
  async end(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
    const started = performance.now();
    const ended = this.#child.exitCode === null ? once(this.#child, 'exit') : [this.#child.exitCode, null];
    this.#child.kill(signal);
    const [code, by] = await ended;
    return { code, by, milliseconds: performance.now() - started };
  }
}
