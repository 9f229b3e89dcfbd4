// JavaScript values to flat buffers (native/core/packed_value.h), for publishing: the mirror of packed.ts. Every value
// that PHP cannot have is refused, with its path.
import { constants } from 'node:buffer';
import { types } from 'node:util';
import { SidekickError } from '../errors.js';
import * as op from './ops.js';
import { EnumCase, FrozenMap, type PhpKey } from './values.js';

/** What crosses. */
export interface PackedPublish {
  readonly ops: Int32Array;
  readonly text: string;
  readonly bytes: Uint8Array;
}

const FIRST_WORDS = 1024; // of the buffer, which grows
const DEEPEST = 256; // levels of arrays, as in PHP
const LONGEST_PATH = 300;
const VALUE_BYTES = 16; // of a snapshot, at least, per value
const LOWEST_INT64 = -(2n ** 63n);
const HIGHEST_INT64 = 2n ** 63n - 1n;
const ALLOWED =
  'null, booleans, numbers, bigints, well-formed strings, Uint8Array, EnumCase, arrays, plain objects and Maps of these';

/**
 * Packs any value, in a list of one element that is no part of its paths.
 * @throws as {@link packValue}.
 */
export function packInList(value: unknown, limit: number): PackedPublish {
  return new Packer(limit, 'send', 1).pack([value]);
}

/**
 * Packs `value`, whose snapshot may be `limit` bytes large.
 * @throws SidekickError `ERR_SIDEKICK_VALUE` with `.path`; whatever a getter of the value throws.
 */
export function packValue(value: unknown, limit: number, verb: 'publish' | 'send' = 'publish'): PackedPublish {
  return new Packer(limit, verb, 0).pack(value);
}

const NO_BYTES = new Uint8Array(0);

// A buffer that no packer has: to make one costs more than to pack a small value into it.
let idle: Int32Array | undefined;

function takeBuffer(): Int32Array {
  const buffer = idle ?? new Int32Array(FIRST_WORDS);
  idle = undefined;
  return buffer;
}

// Getters are user code, which may publish in turn: everything is the packer's own.
class Packer {
  readonly #limit: number;
  readonly #verb: string;
  readonly #outer: number; // containers around the value that are no part of its paths
  #ops = takeBuffer();
  #at = 0; // in #ops
  readonly #bytes: Uint8Array[] = [];
  #text = '';
  #bytesLength = 0;
  #size = 0; // of the snapshot, at least
  // The containers being packed, outermost first, and the key each is at.
  readonly #open: object[] = [];
  readonly #keys: PhpKey[] = [];

  constructor(limit: number, verb: string, outer: number) {
    this.#limit = limit;
    this.#verb = verb;
    this.#outer = outer;
  }

  pack(value: unknown): PackedPublish {
    if (typeof value !== 'object' || value === null || !this.#container(value)) {
      this.#refuse(`the root must be an object, an array or a Map, not ${kind(value)}`, []);
    }
    return { ops: this.#takeOps(), text: this.#text, bytes: this.#joinBytes() };
  }

  #takeOps(): Int32Array {
    const ops = this.#ops;
    if (ops.length > FIRST_WORDS) return ops.subarray(0, this.#at);
    idle = ops;
    return ops.slice(0, this.#at);
  }

  #joinBytes(): Uint8Array {
    if (this.#bytesLength === 0) return NO_BYTES;
    const bytes = new Uint8Array(this.#bytesLength);
    let offset = 0;
    for (const each of this.#bytes) {
      bytes.set(each, offset);
      offset += each.length;
    }
    return bytes;
  }

  #value(value: unknown): void {
    this.#grow(VALUE_BYTES);
    if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') this.#write1(value ? op.TRUE : op.FALSE);
    else if (value === null) this.#write1(op.NULL);
    else if (typeof value === 'bigint') this.#bigint(value);
    else if (typeof value !== 'object') this.#refuse(kind(value));
    else if (types.isUint8Array(value)) this.#binary(value);
    else if (value instanceof EnumCase) this.#enum(value);
    else if (!this.#container(value)) this.#refuse(kind(value));
  }

  #write1(word: number): void {
    if (this.#at === this.#ops.length) this.#extend();
    this.#ops[this.#at++] = word;
  }

  #write2(first: number, second: number): void {
    if (this.#at + 2 > this.#ops.length) this.#extend();
    this.#ops[this.#at++] = first;
    this.#ops[this.#at++] = second;
  }

  #write3(first: number, second: number, third: number): void {
    if (this.#at + 3 > this.#ops.length) this.#extend();
    this.#ops[this.#at++] = first;
    this.#ops[this.#at++] = second;
    this.#ops[this.#at++] = third;
  }

  #extend(): void {
    const ops = new Int32Array(this.#ops.length * 2);
    ops.set(this.#ops);
    this.#ops = ops;
  }

  // -0 is a float, as every number that is not an integer within ±2^53.
  #number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.#write2(op.INT32, value);
    } else if (Number.isSafeInteger(value) && value !== 0) {
      this.#write3(op.BIGINT, value | 0, Math.floor(value / 2 ** 32) | 0);
    } else {
      op.double[0] = value;
      this.#write3(op.NUMBER, op.halves[0]!, op.halves[1]!);
    }
  }

  #bigint(value: bigint): void {
    if (value < LOWEST_INT64 || value > HIGHEST_INT64) this.#refuse('a bigint outside the 64 bits of a PHP int');
    this.#write3(op.BIGINT, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  #string(value: string): void {
    if (!isWellFormed(value)) this.#refuse('a string with a lone surrogate');
    this.#grow(value.length);
    if (this.#text.length + value.length > constants.MAX_STRING_LENGTH) {
      this.#refuse(`more than ${constants.MAX_STRING_LENGTH} characters, all strings taken together`);
    }
    this.#write3(op.STRING, this.#text.length, value.length);
    this.#text += value;
  }

  #binary(value: Uint8Array): void {
    const copy = new Uint8Array(value); // what a getter met later does to it is not seen (a Buffer's slice() would be)
    this.#grow(copy.length);
    this.#write3(op.BYTES, this.#bytesLength, copy.length);
    this.#bytes.push(copy);
    this.#bytesLength += copy.length;
  }

  #enum(value: EnumCase): void {
    this.#write1(op.ENUM);
    for (const name of [value.enum, value.case] as readonly unknown[]) {
      if (typeof name !== 'string') this.#refuse('an EnumCase whose names are not strings');
      this.#string(name);
    }
  }

  /** False, and nothing packed, when it is none. */
  #container(value: object): boolean {
    const pack = this.#packerOf(value);
    if (pack === undefined) return false;
    if (this.#open.includes(value)) this.#refuse('a value that holds itself');
    if (this.#open.length === DEEPEST) this.#refuse(`arrays nested deeper than ${DEEPEST} levels`);
    this.#open.push(value);
    pack.call(this, value as never);
    this.#open.pop();
    this.#keys.length = this.#open.length;
    return true;
  }

  #packerOf(value: object): ((value: never) => void) | undefined {
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Array.isArray(value)) return isOf(prototype, Array.prototype, 'copyWithin') ? this.#list : undefined;
    if (types.isMap(value)) {
      return prototype === FrozenMap.prototype || isOf(prototype, Map.prototype, 'clear') ? this.#map : undefined;
    }
    const plain = prototype === null || isOf(prototype, Object.prototype, 'isPrototypeOf');
    return plain && !isExotic(value) ? this.#object : undefined;
  }

  #list(list: readonly unknown[]): void {
    const { length } = list;
    this.#write2(op.LIST, length);
    const depth = this.#open.length - 1;
    for (let index = 0; index < length; index++) {
      this.#keys[depth] = index;
      this.#value(list[index]);
    }
  }

  #object(object: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(object);
    if (names.length === 0) {
      this.#write2(op.LIST, 0);
    } else {
      this.#write2(op.OBJECT, names.length);
    }
    const depth = this.#open.length - 1;
    for (const name of names) {
      this.#keys[depth] = name;
      this.#string(name);
    }
    for (const name of names) {
      this.#keys[depth] = name;
      this.#value(object[name]);
    }
    if (
      Object.getOwnPropertySymbols(object).some((symbol) => Object.prototype.propertyIsEnumerable.call(object, symbol))
    ) {
      this.#refuse('an object with a symbol as a key', this.#keys.slice(0, depth));
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#write2(op.MAP, 0);
    const place = this.#at - 1;
    const depth = this.#open.length - 1;
    const seen = new Set<string>();
    for (const [key, value] of Map.prototype.entries.call(map) as IterableIterator<[unknown, unknown]>) {
      if (!isKey(key)) {
        this.#refuse(`a Map with ${kind(key)} as a key`, this.#keys.slice(0, depth));
      }
      this.#keys[depth] = key;
      const before = seen.size;
      if (seen.add(phpKey(key)).size === before) this.#refuse('a second value for what is the same key in PHP');
      if (typeof key === 'number' || typeof key === 'bigint') this.#value(key);
      else if (typeof key === 'string') this.#string(key);
      else this.#binary(key);
      this.#value(value);
    }
    if (seen.size === 0) this.#ops[place - 1] = op.LIST;
    this.#ops[place] = seen.size;
  }

  // A small value can hold the same large one many times: what it would come to is bounded while it is packed.
  #grow(bytes: number): void {
    this.#size += bytes;
    if (this.#size > this.#limit) {
      this.#refuse(
        `the value needs more than the ${this.#limit} bytes that one snapshot may have (option vars.maxSnapshotBytes)`,
        [],
      );
    }
  }

  #refuse(what: string, keys: readonly PhpKey[] = this.#keys): never {
    const path = pathOf(keys.slice(this.#outer));
    const message = path === '' ? what : `the value at ${path} is ${what}`;
    throw new SidekickError('ERR_SIDEKICK_VALUE', `cannot ${this.#verb}: ${message} (allowed: ${ALLOWED})`, { path });
  }
}

/** `features.beta[3]` */
function pathOf(keys: readonly PhpKey[]): string {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'number' || typeof key === 'bigint') path += `[${key}]`;
    else path += `${path === '' ? '' : '.'}${typeof key === 'string' ? key : Buffer.from(key).toString('latin1')}`;
  }
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path;
}

function isKey(key: unknown): key is PhpKey {
  if (typeof key === 'number') return Number.isSafeInteger(key);
  return typeof key === 'string' || typeof key === 'bigint' || types.isUint8Array(key);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The same text for keys that are the same in PHP. */
function phpKey(key: PhpKey): string {
  if (!types.isUint8Array(key)) return String(key);
  try {
    return utf8.decode(key);
  } catch {
    return `\ud800${Buffer.from(key).toString('latin1')}`; // no string that is well formed
  }
}

/** Whether it is the prototype `own`, or that of another realm, which has `method` and as many prototypes itself. */
function isOf(prototype: object | null, own: object, method: string): boolean {
  if (prototype === own) return true;
  return prototype !== null && Object.hasOwn(prototype, method) && ancestors(prototype) === ancestors(own);
}

function ancestors(object: object): number {
  let count = 0;
  for (let each = Object.getPrototypeOf(object) as object | null; each !== null; count++) {
    each = Object.getPrototypeOf(each) as object | null;
  }
  return count;
}

/** Objects that are plain by their prototype only, once it was taken from them or given to them. */
function isExotic(value: object): boolean {
  return (
    types.isBoxedPrimitive(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isPromise(value) ||
    types.isSet(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    types.isNativeError(value)
  );
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function kind(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'function' ? 'a function' : `a ${typeof value}`;
  if (Array.isArray(value)) return 'an instance of a class of arrays';
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object that is not plain';
}
