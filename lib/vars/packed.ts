// Snapshot to frozen JavaScript values (contract J03), from the flat buffers that native code packs
// (native/core/packed_value.h). A reader keeps what it was sent before: short strings, the keys of objects, and the
// containers of the last version, which the next one takes over where nothing in them has changed.
import type { NativeAddon, PackedSnapshot } from '../binding.js';
import * as op from './ops.js';
import { Shape } from './shapes.js';
import { EnumCase, FrozenMap, type PhpKey, type PhpValue } from './values.js';

type Container = Exclude<PhpValue, null | boolean | number | bigint | string | Uint8Array | EnumCase>;
type Properties = Record<string, PhpValue>;

/** From so many keys on V8 would turn an object into a dictionary in the end: then it is one from the start. */
const MOST_FAST_KEYS = 128;
/** Words (4 bytes) of the buffer that native code writes snapshots into that are not larger. */
const SCRATCH = 4096;

const EMPTY_LIST: readonly PhpValue[] = Object.freeze([]);
const NO_OPS: Int32Array = new Int32Array(0);
const NO_BYTES: Uint8Array = new Uint8Array(0);

let scratch: Int32Array | undefined;

/** What a reader was sent before, and has to know for the next message. */
class Memory {
  readonly strings: string[] = [];
  readonly shapes: Shape[] = [];
  /** Of the last value, in the order in which they begin. */
  containers: readonly Container[] = [];
}

const NO_MEMORY = new Memory();

/** Reads the versions of one slot, or values that are handed over one by one. */
export class SnapshotReader {
  #sequence = 0;
  #version = 0;
  #memory = new Memory();

  /** Version of what read() gave last; 0 before. */
  get version(): number {
    return this.#version;
  }

  /** The slot's value at this moment; undefined before the first publish. */
  read(native: Pick<NativeAddon, 'readSlot'>, slot: number): PhpValue | undefined {
    const packed = native.readSlot(slot, this.#sequence, this.scratch);
    return packed === undefined ? undefined : this.unpack(packed);
  }

  /** For native calls that pack for this reader, beside {@link scratch}: the number of the message it got last. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Where native code writes what is not larger. */
  get scratch(): Int32Array {
    scratch ??= new Int32Array(SCRATCH);
    return scratch;
  }

  /** What such a call gave. */
  unpack(packed: PackedSnapshot): PhpValue {
    return this.#unpack(packed, root);
  }

  #unpack<Read>(packed: PackedSnapshot, read: () => Read): Read {
    this.#sequence = 0; // should this fail half-way, the next read starts from nothing
    try {
      if (packed === true) {
        ops = this.scratch;
        return this.#message('', read);
      }
      ops = packed[0] === true ? this.scratch : packed[0];
      text = packed[2];
      bytes = packed[3] ?? NO_BYTES;
      return this.#message(packed[1], read);
    } finally {
      forget();
    }
  }

  /** The same for reports: number, kind, and a value when the kind is `valued`, else undefined, of each. */
  unpackReports(packed: PackedSnapshot, valued: number): unknown[] {
    return this.#unpack(packed, () => {
      const reports: unknown[] = [];
      for (let left = next(); left > 0; left--) {
        const id = next();
        const kind = next();
        reports.push(id, kind, kind === valued ? root() : undefined);
      }
      return reports;
    });
  }

  #message<Read>(newText: string, read: () => Read): Read {
    at = 0;
    const sequence = next();
    const version = (next() >>> 0) + next() * 2 ** 32;
    if (next() === 1) this.#memory = new Memory();
    memory = this.#memory;
    learnStrings(newText);
    learnShapes();
    containers = [];
    const value = read();
    memory.containers = containers;
    this.#sequence = sequence;
    this.#version = version;
    return value;
  }
}

/** Reads the values that native code hands to this JavaScript thread one by one. */
export const received = new SnapshotReader();

// The message being read. Reading never calls out, so there is one at a time; the module's variables cost less than an
// object's private fields (measured: a quarter of the time).
let ops = NO_OPS;
let text = '';
let bytes = NO_BYTES;
let at = 0;
let memory = NO_MEMORY;
let containers: Container[] = [];

/** Keeps nothing alive that its reader does not. */
function forget(): void {
  ops = NO_OPS;
  text = '';
  bytes = NO_BYTES;
  memory = NO_MEMORY;
  containers = [];
}

function next(): number {
  return ops[at++]!;
}

function learnStrings(newText: string): void {
  const count = next();
  for (let index = 0, offset = 0; index < count; index++) {
    const end = offset + next();
    memory.strings.push(newText.substring(offset, end));
    offset = end;
  }
}

function learnShapes(): void {
  const count = next();
  for (let index = 0; index < count; index++) {
    const keys: string[] = [];
    for (let left = next(); left > 0; left--) keys.push(memory.strings[next()]!);
    memory.shapes.push(new Shape(keys));
  }
}

/** What is published is a map of vars: an empty array is `{}` here. */
function root(): PhpValue {
  if (ops[at] !== op.LIST || ops[at + 1] !== 0) return value();
  at += 2;
  return Object.freeze(Object.create(null) as Properties);
}

function value(): PhpValue {
  switch (next()) {
    case op.NULL:
      return null;
    case op.FALSE:
      return false;
    case op.TRUE:
      return true;
    case op.INT32:
      return next();
    case op.KNOWN:
      return memory.strings[next()]!;
    case op.SHAPE:
      return shaped(memory.shapes[next()]!);
    case op.NUMBER:
      op.halves[0] = next();
      op.halves[1] = next();
      return op.double[0]!;
    case op.BIGINT: {
      const low = BigInt(next() >>> 0);
      return (BigInt(next()) << 32n) | low;
    }
    case op.STRING: {
      const offset = next();
      return text.substring(offset, offset + next());
    }
    case op.BYTES: {
      const offset = next();
      return bytes.slice(offset, offset + next());
    }
    case op.SAME:
      return same(next(), next());
    case op.LIST:
      return list(next());
    case op.INTS:
      return integers(next());
    case op.OBJECT:
      return object(keys(next()));
    case op.MAP:
      return map(next());
    case op.ENUM: {
      const enumName = value() as string;
      return new EnumCase(enumName, value() as string);
    }
    default:
      throw new RangeError(`packed value: unknown op ${ops[at - 1]} at ${at - 1}`);
  }
}

/** A container of the last value, with the `count - 1` in it. */
function same(number: number, count: number): PhpValue {
  const last = memory.containers;
  for (let index = number; index < number + count; index++) containers.push(last[index]!);
  return last[number]!;
}

function list(count: number): PhpValue {
  if (count === 0) return EMPTY_LIST;
  const made: PhpValue[] = [];
  containers.push(made);
  for (let index = 0; index < count; index++) made.push(value());
  return Object.freeze(made);
}

function integers(count: number): PhpValue {
  const made: number[] = [];
  containers.push(made);
  for (let index = 0; index < count; index++) made.push(ops[at + index]!);
  at += count;
  return Object.freeze(made);
}

function keys(count: number): string[] {
  const made: string[] = [];
  for (let index = 0; index < count; index++) made.push(value() as string);
  return made;
}

// Without a prototype, so `__proto__` is a key as any other. Object.create(null) makes a dictionary, slow to fill and to
// read; an empty object that loses its prototype stays a fast one (measured: half the time).
function shaped(shape: Shape): PhpValue {
  const made = Object.setPrototypeOf({}, null) as Properties;
  containers.push(made);
  shape.fill(made, value);
  return Object.freeze(made);
}

function object(names: readonly string[]): PhpValue {
  const fast = names.length <= MOST_FAST_KEYS;
  const made = (fast ? Object.setPrototypeOf({}, null) : Object.create(null)) as Properties;
  containers.push(made);
  for (let index = 0; index < names.length; index++) made[names[index]!] = value();
  return Object.freeze(made);
}

function map(count: number): PhpValue {
  const number = containers.push(EMPTY_LIST) - 1; // its place, before those in it
  const entries: [PhpKey, PhpValue][] = [];
  for (let index = 0; index < count; index++) {
    const key = value() as PhpKey;
    entries.push([key, value()]);
  }
  const made = FrozenMap.from(entries);
  containers[number] = made;
  return made;
}
