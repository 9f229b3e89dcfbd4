// The tasks of this JavaScript thread, by number. What is sent in one turn of the event loop crosses in one call, and
// what has come back of all of them in another: a call costs as much as all the rest of a small task.
//
//   sendTask() ──► outbox ──microtask──► native.sendTasks()          one crossing
//   event ──► native.lookAtTasks() ──► report(kind, value) of each    one crossing
import { errorFromFailure, type NativeFailure } from '../errors.js';
import type { Switchboard } from '../switchboard.js';
import type { PackedPublish } from '../vars/pack.js';
import { received } from '../vars/packed.js';

// Kinds of reports, as in native/node/tasks.h.
export const LOOK = 0;
export const DONE = 1;
export const DONE_EMPTY = 2;
export const FAILED = 3;

/** One who goes by a number: a task that was sent, one that is served, or a name that is served. */
export interface TaskParty {
  /** `value`: of DONE, the last update; of FAILED, the error. */
  onReport(kind: number, value: unknown): void;
}

/** A task that was sent in this turn. */
export interface Outgoing extends TaskParty {
  readonly id: number;
  readonly name: number;
  readonly timeout: number;
  readonly packed: PackedPublish;
  /** Whether its end is all that anybody has asked for. */
  readonly isConsumed: boolean;
}

const HEADER_WORDS = 7; // as Header in native/node/task_calls.cpp
const MOST_IDS = 0x7fff_ffff; // they cross as signed words

export class TaskBoard {
  readonly #board: Switchboard;
  readonly #parties = new Map<number, TaskParty>();
  #nextId = 1;
  #outbox: Outgoing[] = [];
  #words = new Int32Array(1024);

  constructor(board: Switchboard) {
    this.#board = board;
    board.onTasks = () => this.#look();
  }

  get native(): Switchboard['native'] {
    return this.#board.native;
  }

  /** A number for `party`; `keepsAlive`: the event loop goes on until it is removed. */
  add(party: TaskParty, keepsAlive: boolean): number {
    while (this.#parties.has(this.#nextId)) this.#nextId = (this.#nextId % MOST_IDS) + 1;
    const id = this.#nextId;
    this.#nextId = (id % MOST_IDS) + 1;
    this.#parties.set(id, party);
    if (keepsAlive) this.#board.hold();
    return id;
  }

  remove(id: number, keptAlive: boolean): void {
    if (this.#parties.delete(id) && keptAlive) this.#board.release();
  }

  /** Sends it at the end of this turn; false from then on. */
  send(task: Outgoing): void {
    if (this.#outbox.push(task) === 1) queueMicrotask(() => this.#flush());
  }

  /** Takes it back, if it has not been sent yet. */
  unsend(task: Outgoing): boolean {
    const at = this.#outbox.indexOf(task);
    if (at >= 0) this.#outbox.splice(at, 1);
    return at >= 0;
  }

  /** Looks at what has come before its events. */
  lookSoon(): void {
    queueMicrotask(() => this.#look());
  }

  #flush(): void {
    const tasks = this.#outbox;
    this.#outbox = [];
    let count = 0;
    let byteCount = 0;
    for (const { packed } of tasks) {
      count += HEADER_WORDS + packed.ops.length;
      byteCount += packed.bytes.length;
    }
    if (count > this.#words.length) this.#words = new Int32Array(count * 2);
    const words = this.#words;
    const bytes = byteCount === 0 ? NO_BYTES : new Uint8Array(byteCount);
    let text = '';
    let at = 0;
    let offset = 0;
    for (const { id, name, timeout, packed, isConsumed } of tasks) {
      words[at++] = name;
      words[at++] = id;
      words[at++] = isConsumed ? 1 : 0;
      words[at++] = timeout;
      words[at++] = packed.ops.length;
      words[at++] = packed.text.length;
      words[at++] = packed.bytes.length;
      words.set(packed.ops, at);
      at += packed.ops.length;
      text += packed.text;
      if (packed.bytes.length === 0) continue;
      bytes.set(packed.bytes, offset);
      offset += packed.bytes.length;
    }
    const failures = this.native.sendTasks(words, at, text, text.length, bytes);
    if (count > MOST_KEPT_WORDS) this.#words = new Int32Array(1024);
    if (failures === undefined) return;
    for (let index = 0; index < failures.length; index += 2) {
      const error = errorFromFailure(failures[index + 1] as NativeFailure);
      this.#parties.get(failures[index] as number)?.onReport(FAILED, error);
    }
  }

  #look(): void {
    const looked = this.native.lookAtTasks(received.sequence, received.scratch);
    if (looked === undefined) return;
    const [packed, ...failures] = looked;
    let failed = 0;
    const reports = received.unpackReports(packed, DONE);
    for (let at = 0; at < reports.length; at += 3) {
      const kind = reports[at + 1] as number;
      const value = kind === FAILED ? errorFromFailure(failures[failed++]!) : reports[at + 2];
      try {
        this.#parties.get(reports[at] as number)?.onReport(kind, value);
      } catch (error) {
        queueMicrotask(() => {
          throw error; // one party's defect must not cost the others their reports
        });
      }
    }
  }
}

let shared: TaskBoard | undefined;

/** This JavaScript thread's. */
export function taskBoard(board: Switchboard): TaskBoard {
  shared ??= new TaskBoard(board);
  return shared;
}

const NO_BYTES = new Uint8Array(0);
const MOST_KEPT_WORDS = 1 << 16;
