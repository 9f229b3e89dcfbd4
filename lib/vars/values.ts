// What PHP values are in JavaScript (contract J03).

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

/**
 * What can be published: an object, an array or a Map of null, booleans, numbers (integers within ±2^53 become int, others
 * float), bigints (int, 64 bits), strings, Uint8Arrays (PHP strings of any bytes), enum cases, and of these containers.
 * Anything else is refused when it is published.
 */
export type PublishableVars = object;

/** What can be sent to PHP: null, booleans, numbers, bigints, strings, and what can be published. */
export type PhpInput = null | boolean | number | bigint | string | object;

/** A Map that refuses to be changed. */
export class FrozenMap extends Map<PhpKey, PhpValue> {
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
