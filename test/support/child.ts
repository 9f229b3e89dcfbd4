// Runs a program of test/programs/ in a Node process of its own: for what ends, signals or instruments a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options of node itself. */
  readonly nodeOptions?: readonly string[];
  /** Runs through this shell command, in which `"$@"` is node and its arguments. */
  readonly shell?: string;
  /** Milliseconds after which the child is killed, and the end then shows SIGKILL. Default: 30000. */
  readonly bound?: number;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** A program under way. */
export class Child {
  readonly process: ChildProcess;
  readonly end: Promise<ChildEnd>;
  #stdout = '';
  #stderr = '';
  readonly #waiting = new Set<() => void>();

  constructor(program: string, args: readonly string[] = [], options: ChildOptions = {}) {
    const started = performance.now();
    const file = program.startsWith('/') ? program : fileURLToPath(new URL(`../programs/${program}`, import.meta.url));
    const command = [process.execPath, ...(options.nodeOptions ?? []), file, ...args];
    const [executable, ...rest] = options.shell === undefined ? command : ['sh', '-c', options.shell, 'sh', ...command];
    const env = { ...process.env, ...options.env };
    this.process = spawn(executable!, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stdout += chunk;
      for (const look of this.#waiting) look();
    });
    this.process.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk;
    });
    const bound = setTimeout(() => this.process.kill('SIGKILL'), options.bound ?? 30_000);
    this.end = new Promise((resolve, reject) => {
      this.process.on('error', reject).on('close', (code, signal) => {
        clearTimeout(bound);
        for (const look of this.#waiting) look();
        const milliseconds = performance.now() - started;
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr, milliseconds });
      });
    });
  }

  /** Resolves when the child has printed a line that begins with `text`; rejects when it ends before. */
  async printed(text: string): Promise<void> {
    await this.#until(() => this.#stdout.startsWith(text) || this.#stdout.includes(`\n${text}`), `'${text}'`);
  }

  /** Resolves when what the child has printed matches `pattern`; rejects when it ends before. */
  async matched(pattern: RegExp): Promise<RegExpExecArray> {
    await this.#until(() => pattern.test(this.#stdout), String(pattern));
    return pattern.exec(this.#stdout)!;
  }

  async #until(has: () => boolean, what: string): Promise<void> {
    const gone = () => this.process.exitCode !== null || this.process.signalCode !== null;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!has() && !gone()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
    if (!has()) throw new Error(`the child ended before it printed ${what}: ${this.#stdout}\n${this.#stderr}`);
  }
}

/** Runs the program to its end. */
export function run(program: string, args: readonly string[] = [], options: ChildOptions = {}): Promise<ChildEnd> {
  return new Child(program, args, options).end;
}
