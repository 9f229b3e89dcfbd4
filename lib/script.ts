// runtime.run(): a script that runs once, as on a command line. Native code buffers little of what the script writes and
// then lets it wait, so memory stays small however much that is: each stream here takes what there is when somebody
// wants it.
//
//   script ──► native pipe ──event──► Output ──► collected, or the Readable that the user asked for
import { Readable } from 'node:stream';
import type { NativeAddon } from './binding.js';
import { SidekickError } from './errors.js';
import type { NormalizedRun } from './options/script.js';
import type { Switchboard } from './switchboard.js';

/** How a script ended. */
export interface ScriptResult<Text extends string | Buffer = string> {
  /** Its exit status: 255 after a fatal error or an uncaught exception. */
  readonly exitCode: number;
  /** What it wrote to STDOUT and printed; empty when {@link ScriptRun.stdout} was read from. */
  readonly stdout: Text;
  /** What it wrote to STDERR, and PHP to its error log; empty when {@link ScriptRun.stderr} was read from. */
  readonly stderr: Text;
}

/**
 * A script under way: await it for its end, read `stdout` and `stderr` for what it writes meanwhile.
 *
 * @example
 * const run = php.run('bin/export.php');
 * run.stdout.pipe(createWriteStream('export.csv'));
 * const { exitCode, stderr } = await run;
 */
export class ScriptRun<Text extends string | Buffer = string> implements Promise<ScriptResult<Text>> {
  readonly [Symbol.toStringTag] = 'ScriptRun';
  readonly #board: Switchboard;
  readonly #options: NormalizedRun;
  readonly #result: Promise<ScriptResult<Text>>;
  readonly #ending = new AbortController(); // aborted by what ends the run before the script does
  #operation = 0;
  #roomForInput: () => void = () => {};
  #over = false;
  readonly #stdout: Output;
  readonly #stderr: Output;

  /** @internal */
  constructor(board: Switchboard, options: NormalizedRun) {
    this.#board = board;
    this.#options = options;
    const stop = (reason: unknown): void => this.#ending.abort(reason);
    this.#stdout = new Output('stdout', OUTPUT, options.maxBuffer, board.native, stop);
    this.#stderr = new Output('stderr', ERROR, options.maxBuffer, board.native, stop);
    this.#result = this.#run();
  }

  /**
   * What the script prints and writes to STDOUT. Whoever asks for it has to read it: it is not collected any more, and
   * a script whose output is not taken waits. Destroying it is what a closed pipe is: the script's next write ends it.
   */
  get stdout(): Readable {
    return this.#stdout.stream;
  }

  /** What the script writes to STDERR; see {@link ScriptRun.stdout}. */
  get stderr(): Readable {
    return this.#stderr.stream;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise that has streams
  then<Fulfilled = ScriptResult<Text>, Rejected = never>(
    onFulfilled?: ((result: ScriptResult<Text>) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<ScriptResult<Text> | Rejected> {
    return this.#result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<ScriptResult<Text>> {
    return this.#result.finally(onFinally);
  }

  /** @internal Stops the script; the run rejects with `reason`. */
  stop(reason: unknown): void {
    this.#ending.abort(reason);
  }

  async #run(): Promise<ScriptResult<Text>> {
    const { native } = this.#board;
    const { file, args, env, cwd, signal, encoding } = this.#options;
    const onAbort = (): void => this.#ending.abort(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const status = await this.#board.operation((operation) => {
        this.#operation = operation;
        this.#board.addScript(operation, (stream) => this.#onStream(stream));
        native.runScript(operation, file, args, env, cwd);
        this.#stdout.attach(operation);
        this.#stderr.attach(operation);
        this.#feed().catch((error: unknown) => {
          if (!this.#over) this.#ending.abort(error);
        });
      }, this.#ending.signal);
      this.#end();
      const [stdout, stderr] = [this.#stdout.finish(), this.#stderr.finish()];
      const text = (bytes: Buffer): Text => (encoding === 'utf8' ? bytes.toString('utf8') : bytes) as Text;
      return { exitCode: Number(status), stdout: text(stdout), stderr: text(stderr) };
    } catch (error) {
      this.#end();
      this.#stdout.drop();
      this.#stderr.drop();
      if (this.#operation !== 0) native.releaseScript(this.#operation);
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      // What a Readable has not taken yet stays with native code until it has.
      if (this.#operation !== 0) {
        void Promise.allSettled([this.#stdout.closed, this.#stderr.closed]).then(() => {
          this.#board.removeScript(this.#operation);
          native.releaseScript(this.#operation);
        });
      }
    }
  }

  #end(): void {
    this.#over = true;
    this.#roomForInput();
    const { stdin } = this.#options;
    if (stdin instanceof Readable) stdin.destroy(); // a loop over it may be waiting in vain
  }

  #onStream(stream: number): void {
    if ((stream & INPUT) !== 0) this.#roomForInput();
    if ((stream & OUTPUT) !== 0) this.#stdout.onReadable();
    if ((stream & ERROR) !== 0) this.#stderr.onReadable();
  }

  async #feed(): Promise<void> {
    const { native } = this.#board;
    const { stdin } = this.#options;
    if (typeof stdin === 'string' || stdin instanceof Uint8Array) {
      if (stdin.length > 0) native.pushInput(this.#operation, toBytes(stdin));
    } else {
      for await (const chunk of stdin as AsyncIterable<string | Uint8Array>) {
        if (this.#over) return; // which ends the source
        if (native.pushInput(this.#operation, toBytes(chunk))) continue;
        await new Promise<void>((resolve) => {
          this.#roomForInput = resolve;
        });
      }
    }
    native.endInput(this.#operation);
  }
}

// The streams in events and calls, as in native/core/port.h.
const INPUT = 1;
const OUTPUT = 2;
const ERROR = 4;

function toBytes(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/**
 * One of the two streams that a script writes. It is looked at once per turn of the event loop: a script that writes as
 * fast as it is read would keep everything else waiting.
 */
class Output {
  readonly #name: string;
  readonly #which: number;
  readonly #maxBuffer: number;
  readonly #native: NativeAddon;
  readonly #stop: (reason: unknown) => void;
  #operation = 0;
  #collected: Buffer[] = [];
  #bytes = 0;
  #overflow: SidekickError | undefined;
  #stream: Readable | undefined;
  #wanted = false; // the Readable has room
  #scheduled: NodeJS.Immediate | undefined;
  #dropped = false;
  /** Resolves when there is nothing more to take from native code. */
  readonly closed: Promise<void>;
  #close: () => void = () => {};

  constructor(name: string, which: number, maxBuffer: number, native: NativeAddon, stop: (reason: unknown) => void) {
    this.#name = name;
    this.#which = which;
    this.#maxBuffer = maxBuffer;
    this.#native = native;
    this.#stop = stop;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  attach(operation: number): void {
    this.#operation = operation;
    if (this.#wanted) this.#schedule();
  }

  get stream(): Readable {
    this.#stream ??= this.#open();
    return this.#stream;
  }

  #open(): Readable {
    const stream = new Readable({
      read: () => {
        this.#wanted = true;
        this.#schedule();
      },
      destroy: (error, callback) => {
        if (this.#operation !== 0) this.#native.closeOutput(this.#operation, this.#which);
        this.#close();
        callback(error);
      },
    });
    for (const chunk of this.#collected) stream.push(chunk);
    this.#collected = [];
    if (this.#dropped) stream.destroy();
    return stream;
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.onReadable();
    });
  }

  /** There may be something to take. */
  onReadable(): void {
    if (this.#operation === 0) return;
    if (this.#stream === undefined) {
      this.#collect(this.#take());
    } else if (this.#wanted && !this.#stream.destroyed) {
      const taken = this.#take();
      if (taken !== undefined) this.#wanted = this.#stream.push(taken);
    }
  }

  #take(): Buffer | undefined | null {
    const taken = this.#native.takeOutput(this.#operation, this.#which);
    if (taken === null) this.#close();
    return taken;
  }

  #collect(taken: Buffer | undefined | null): void {
    if (taken === undefined || taken === null || this.#overflow !== undefined) return;
    this.#collected.push(taken);
    this.#bytes += taken.length;
    if (this.#bytes <= this.#maxBuffer) return;
    this.#overflow = new SidekickError(
      'ERR_SIDEKICK_OUTPUT_LIMIT',
      `run(): the script wrote more than maxBuffer (${this.#maxBuffer} bytes) to ${this.#name}, and was stopped`,
    );
    this.#stop(this.#overflow);
  }

  /** The script has ended: what was collected, all of it. */
  finish(): Buffer {
    if (this.#stream !== undefined) {
      this.onReadable();
      return Buffer.alloc(0);
    }
    for (let taken = this.#take(); taken !== null; taken = this.#take()) this.#collect(taken);
    if (this.#overflow !== undefined) throw this.#overflow;
    const bytes = Buffer.concat(this.#collected);
    this.#collected = [];
    return bytes;
  }

  /**
   * The run has failed. A Readable closes before its end, which is not an error of its own: whoever awaits the run is
   * told, and nobody else need listen.
   */
  drop(): void {
    this.#dropped = true;
    this.#collected = [];
    this.#stream?.destroy();
    this.#close();
  }
}
