// A request's body on its way to PHP. A slow client must hold no PHP thread, so PHP is asked when the body is complete,
// or too large to be kept:
//
//   memory, up to 1 MiB ──► spool file, up to 64 MiB ──► complete: PHP gets all of it at once
//           └── announced as larger, or spools are full ──► PHP gets what there is; the rest streams, with backpressure
//
// What all requests together may hold is bounded too. The client that is waited for and sends nothing for `idle`
// milliseconds is given up. One of these per request that has a body; JavaScript's thread only.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeAddon } from '../binding.js';

/** Bytes of one body in memory, while all together are below {@link ALL_MEMORY_BYTES}. */
export const MEMORY_BYTES = 1 << 20;
/** Bytes of one body in memory, when there is little left for all; also before PHP gets one that will be streamed. */
export const SMALL_BYTES = 128 << 10;
/** Bytes of one body in a file. */
export const SPOOL_BYTES = 64 << 20;
const ALL_MEMORY_BYTES = 64 << 20;
const ALL_SPOOL_BYTES = 1 << 30;
const WRITE_BYTES = 256 << 10; // that wait for the disk before the client has to

/** What of the body is there when PHP is asked. */
export interface FirstBytes {
  /** Descriptor of a file that holds the first `spooled` bytes; -1: there is none. It is duplicated, not taken. */
  readonly spool: number;
  readonly spooled: number;
  /** The bytes after those. */
  readonly memory: Uint8Array | undefined;
  /** The rest will be streamed. */
  readonly more: boolean;
  /** Of the whole body, when it is there. */
  readonly length: number;
}

/** The exchange that a body belongs to. */
export interface IntakeOwner {
  /** Asks PHP; the id of the exchange, for the rest of the body. */
  dispatch(first: FirstBytes): number;
  /** The source must wait, or go on. */
  pause(): void;
  resume(): void;
  /** The source has sent nothing for too long. */
  onIdle(): void;
}

type Stage = 'memory' | 'spool' | 'stream' | 'over';

const inUse = { memory: 0, spool: 0 };

export class Intake {
  readonly #native: NativeAddon;
  readonly #owner: IntakeOwner;
  readonly #announced: number;
  #stage: Stage = 'memory';
  #chunks: Uint8Array[] = [];
  #bytes = 0; // in #chunks, counted in inUse.memory
  #ended = false;
  #paused = false;
  #file: FileHandle | undefined;
  #spooled = 0; // counted in inUse.spool until over
  #writing = false;
  #full = false; // no more into the file: it has its size, or the disk is full
  #id = 0;
  readonly #idle: NodeJS.Timeout | undefined;

  /** `announced`: the body's length; -1: not known. `idle` in milliseconds; 0: no limit. */
  constructor(native: NativeAddon, owner: IntakeOwner, announced: number, idle: number) {
    this.#native = native;
    this.#owner = owner;
    this.#announced = announced;
    this.#idle = idle > 0 ? setTimeout(() => this.#onIdle(), idle).unref() : undefined;
  }

  push(chunk: Uint8Array): void {
    if (this.#stage === 'over') return; // answered already; the rest is read away
    this.#idle?.refresh();
    if (this.#stage === 'stream') {
      if (!this.#native.pushBody(this.#id, chunk)) this.#pause();
      return;
    }
    this.#keep(chunk);
    if (this.#stage === 'spool') {
      if (this.#bytes >= WRITE_BYTES) this.#pause();
      void this.#write();
      return;
    }
    const crowded = inUse.memory > ALL_MEMORY_BYTES;
    const spools = this.#announced <= SPOOL_BYTES && inUse.spool < ALL_SPOOL_BYTES;
    if (this.#bytes <= (crowded || !spools ? SMALL_BYTES : MEMORY_BYTES)) return;
    if (!spools) {
      this.#dispatch(true);
      return;
    }
    this.#stage = 'spool';
    void this.#write();
  }

  end(): void {
    clearTimeout(this.#idle);
    this.#ended = true;
    if (this.#stage === 'stream') this.#native.endBody(this.#id);
    else if (this.#stage === 'memory') this.#dispatch(false);
    else if (this.#stage === 'spool') void this.#write();
  }

  /** PHP has room for more. */
  onDrained(): void {
    if (this.#stage === 'stream') this.#resume();
  }

  /** The exchange is over: nothing more is taken, the source may run dry. */
  stop(): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    clearTimeout(this.#idle);
    this.#forget();
    inUse.spool -= this.#spooled;
    this.#spooled = 0;
    if (!this.#writing) this.#closeFile();
    this.#resume();
  }

  #keep(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    inUse.memory += chunk.length;
  }

  #forget(): void {
    inUse.memory -= this.#bytes;
    this.#chunks = [];
    this.#bytes = 0;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#owner.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#idle?.refresh();
    this.#owner.resume();
  }

  #onIdle(): void {
    if (this.#paused)
      this.#idle?.refresh(); // it is the client who waits
    else this.#owner.onIdle();
  }

  #dispatch(more: boolean): void {
    const memory = this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#bytes) : this.#chunks[0];
    const length = this.#spooled + this.#bytes;
    this.#stage = 'stream';
    this.#forget();
    this.#id = this.#owner.dispatch({ spool: this.#file?.fd ?? -1, spooled: this.#spooled, memory, more, length });
    this.#closeFile();
    this.#resume();
  }

  /** Takes to the file what waits for it, until nothing does; the only one who touches the file. */
  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#bytes > 0 && !this.#full && this.#stage === 'spool') {
      const chunks = this.#chunks;
      const bytes = this.#bytes;
      this.#chunks = [];
      this.#bytes = 0;
      try {
        this.#file ??= await openSpool();
        await writeAll(this.#file, Buffer.concat(chunks, bytes), this.#spooled);
        inUse.memory -= bytes;
        if (this.#is('over')) break;
        this.#spooled += bytes;
        inUse.spool += bytes;
        this.#full = this.#spooled >= SPOOL_BYTES || inUse.spool >= ALL_SPOOL_BYTES;
        this.#resume();
      } catch {
        // A disk that takes no more is as good as a full spool: PHP gets what there is.
        this.#chunks = [...chunks, ...this.#chunks];
        this.#bytes += bytes;
        this.#full = true;
        if (this.#is('over')) this.#forget();
      }
    }
    this.#writing = false;
    if (this.#is('over')) this.#closeFile();
    else if (this.#full || this.#ended) this.#dispatch(!this.#ended);
  }

  #is(stage: Stage): boolean {
    return this.#stage === stage; // looked up anew after each await
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close().catch(() => {}); // it has no name any more, and what is in it has been read or is of no use
  }
}

/** A file without a name: nothing is left of it whatever happens to the process. */
async function openSpool(): Promise<FileHandle> {
  const name = join(tmpdir(), `php-sidekick-${randomUUID()}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name);
  return file;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
