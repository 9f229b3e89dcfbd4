// Decodes a snapshot that crossed as four flat buffers (native/core/packed_value.h) into frozen JavaScript values
// (contract J03).
import type { PackedSnapshot } from '../binding.js';

/** A PHP enum case. A plain object never stands for one. */
export class EnumCase {
  /** Name of the enum's class, as `Ns\Suit`. */
  readonly enum: string;
  /** Name of the case, as `Hearts`. */
  readonly case: string;

  constructor(enumName: string, caseName: string) {
    this.enum = enumName;
    this.case = caseName;
    Object.freeze(this);
  }
}

/** A key of a PHP array that is neither a list nor all strings; an integer beyond 2^53 is a bigint. */
export type PhpKey = number | bigint | string | Uint8Array;

/**
 * A PHP value in JavaScript: null, bool, int (bigint beyond 2^53), float, string (a Uint8Array when it is not UTF-8),
 * enum case; a list is an array, an array of string keys an object without a prototype, any other array a Map.
 * Everything but a Uint8Array is frozen.
 */
export type PhpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | EnumCase
  | readonly PhpValue[]
  | ReadonlyMap<PhpKey, PhpValue>
  | { readonly [key: string]: PhpValue };

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const INT32 = 3;
const NUMBER = 4;
const BIGINT = 5;
const STRING = 6;
const BYTES = 7;
const LIST = 8;
const OBJECT = 9;
const MAP = 10;
const ENUM = 11;

/** A Map that refuses to be changed. */
class FrozenMap extends Map<PhpKey, PhpValue> {
  static from(entries: readonly (readonly [PhpKey, PhpValue])[]): FrozenMap {
    const map = new FrozenMap();
    for (const [key, value] of entries) Map.prototype.set.call(map, key, value);
    return Object.freeze(map);
  }

  override set(): this {
    throw new TypeError('a published value cannot be changed');
  }

  override delete(): boolean {
    throw new TypeError('a published value cannot be changed');
  }

  override clear(): void {
    throw new TypeError('a published value cannot be changed');
  }
}

/** The snapshot's value; an empty array at its root is `{}`, for what is published is a map of vars. */
export function decodeSnapshot(packed: PackedSnapshot): PhpValue {
  const decoder = new Decoder(packed);
  if (packed[0][0] === LIST && packed[0][1] === 0) return Object.freeze(Object.create(null) as object) as PhpValue;
  return decoder.value();
}

class Decoder {
  readonly #ops: Int32Array;
  readonly #numbers: Float64Array;
  readonly #text: string;
  readonly #bytes: Uint8Array;
  #op = 0;
  #number = 0;

  constructor([ops, numbers, text, bytes]: PackedSnapshot) {
    this.#ops = ops;
    this.#numbers = numbers;
    this.#text = text;
    this.#bytes = bytes;
  }

  value(): PhpValue {
    switch (this.#next()) {
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case INT32:
        return this.#next();
      case NUMBER:
        return this.#numbers[this.#number++]!;
      case BIGINT: {
        const low = BigInt(this.#next() >>> 0);
        return (BigInt(this.#next()) << 32n) | low;
      }
      case STRING:
        return this.#string();
      case BYTES: {
        const offset = this.#next();
        return this.#bytes.slice(offset, offset + this.#next());
      }
      case LIST:
        return this.#list();
      case OBJECT:
        return this.#object();
      case MAP:
        return this.#map();
      case ENUM: {
        const enumName = this.#string();
        return new EnumCase(enumName, this.#string());
      }
      default:
        throw new RangeError(`packed value: unknown op ${this.#ops[this.#op - 1]} at ${this.#op - 1}`);
    }
  }

  #next(): number {
    return this.#ops[this.#op++]!;
  }

  #string(): string {
    const offset = this.#next();
    return this.#text.substring(offset, offset + this.#next());
  }

  #list(): PhpValue {
    const count = this.#next();
    const list: PhpValue[] = [];
    for (let at = 0; at < count; at++) list.push(this.value());
    return Object.freeze(list);
  }

  // Without a prototype, so `__proto__` is a key as any other.
  #object(): PhpValue {
    const count = this.#next();
    const object = Object.create(null) as Record<string, PhpValue>;
    for (let at = 0; at < count; at++) {
      const key = this.#string();
      object[key] = this.value();
    }
    return Object.freeze(object);
  }

  #map(): PhpValue {
    const count = this.#next();
    const entries: [PhpKey, PhpValue][] = [];
    for (let at = 0; at < count; at++) {
      const key = this.value() as PhpKey;
      entries.push([key, this.value()]);
    }
    return FrozenMap.from(entries);
  }
}
