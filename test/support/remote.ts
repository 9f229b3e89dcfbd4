// The test's end of test/php/remote/remote.php: tells background workers what to do, and knows when they did it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a command came to: its result, or what it threw. */
export interface Answer {
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

interface Line {
  readonly socket: Socket;
  readonly answers: ((answer: Answer | undefined) => void)[];
}

export class Remote {
  /** Path of the socket, for the worker's environment. */
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #lines = new Map<string, Line>();
  readonly #waiting = new Map<string, ((line: Line) => void)[]>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'remote');
    this.#server = createServer((socket) => this.#accept(socket)).listen(this.path);
  }

  static async listen(): Promise<Remote> {
    const remote = new Remote(await mkdtemp(join(tmpdir(), 'sidekick-remote-')));
    await new Promise((resolve) => remote.#server.once('listening', resolve));
    return remote;
  }

  /** Resolves when an instance of `worker` is connected: a new one after a crash. */
  connected(worker: string): Promise<unknown> {
    return this.#line(worker);
  }

  /** Has `worker` run a command, as soon as it is connected; undefined: it ended without an answer. */
  async call(worker: string, command: string, ...args: unknown[]): Promise<Answer | undefined> {
    const line = await this.#line(worker);
    return new Promise((resolve) => {
      line.answers.push(resolve);
      line.socket.write(`${JSON.stringify([command, args])}\n`);
    });
  }

  async close(): Promise<void> {
    for (const { socket } of this.#lines.values()) socket.destroy();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #line(worker: string): Promise<Line> {
    const line = this.#lines.get(worker);
    if (line !== undefined) return line;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(worker) ?? [];
      this.#waiting.set(worker, [...waiting, resolve]);
    });
  }

  #accept(socket: Socket): void {
    const line: Line = { socket, answers: [] };
    let worker: string | undefined;
    createInterface({ input: socket }).on('line', (text) => {
      const message = JSON.parse(text) as Answer & { readonly worker: string };
      if (worker !== undefined) {
        line.answers.shift()?.(message);
        return;
      }
      worker = message.worker;
      this.#lines.set(worker, line);
      for (const resolve of this.#waiting.get(worker) ?? []) resolve(line);
      this.#waiting.delete(worker);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (worker !== undefined && this.#lines.get(worker) === line) this.#lines.delete(worker);
      for (const answer of line.answers.splice(0)) answer(undefined);
    });
  }
}
