// Random values to publish, the same for the same seed; and one text for one value, as canonical() of
// test/php/js-vars/read.php makes it of what PHP reads.
import { EnumCase } from '../../lib/index.js';

/** Numbers from 0 to 1; mulberry32. */
export function randomness(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const INTEGERS = [0, 1, -1, 7, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1];
const FLOATS = [-0, 0.1, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, -1e300, 5e-324, 1 / 3, 2 ** 63];
const BIGINTS = [0n, -5n, 2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n + 1n];
const TEXTS = [
  '',
  'a',
  'text',
  'häß',
  '🙂',
  'a🙂b',
  '\0',
  '日本',
  'x'.repeat(300),
  'ÿ',
  '\ufeffmark',
  'value',
  '\uffff',
];
const KEYS = [
  '',
  'a',
  'b',
  'key',
  '__proto__',
  'constructor',
  'toString',
  '5',
  '05',
  '-3',
  '-0',
  'häß',
  '🙂',
  'length',
];
const LATE_KEYS = [
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '1.5',
  '+1',
  ' 1',
  'k'.repeat(150),
];
const BYTES = [[255], [], [0xc3, 0x28], [0x61, 0x62], [0xed, 0xa0, 0x80], [0, 255, 1], [0x35], [0xf0, 0x9f, 0x99]];

export class Trees {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomness(seed);
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  /** Something that can be published. */
  root(depth = 4): object {
    const kind = this.below(4);
    return kind === 0 ? this.#list(depth) : kind === 1 ? this.#map(depth) : this.#object(depth);
  }

  value(depth: number): unknown {
    switch (this.below(depth > 0 ? 14 : 10)) {
      case 0:
        return null;
      case 1:
        return this.below(2) === 0;
      case 2:
        return this.#of(INTEGERS);
      case 3:
        return this.below(1000) - 500;
      case 4:
        return this.#of(FLOATS);
      case 5:
        return this.#of(BIGINTS);
      case 6:
        return this.#of(TEXTS);
      case 7:
        return `value ${this.below(50)}`;
      case 8:
        return Uint8Array.from(this.#of(BYTES));
      case 9:
        return new EnumCase('Suit', this.#of(['Hearts', 'Spades']));
      case 10:
        return this.#list(depth - 1);
      case 11:
        return this.#map(depth - 1);
      default:
        return this.#object(depth - 1);
    }
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  #length(): number {
    return this.below(20) === 0 ? this.below(200) : this.below(7);
  }

  #list(depth: number): unknown[] {
    const numbers = this.below(4) === 0;
    return Array.from({ length: this.#length() }, () => (numbers ? this.below(100) : this.value(depth)));
  }

  #object(depth: number): object {
    const object = Object.create(this.below(2) === 0 ? null : Object.prototype) as object;
    const usual = this.below(2) === 0;
    for (let left = this.#length(); left > 0; left--) {
      const key = usual ? `key ${left}` : this.below(5) === 0 ? this.#of(LATE_KEYS) : this.#of(KEYS);
      Object.defineProperty(object, key, { value: this.value(depth), enumerable: true, configurable: true });
    }
    return object;
  }

  #map(depth: number): Map<unknown, unknown> {
    const entries = new Map<string, [unknown, unknown]>();
    for (let left = this.#length(); left > 0; left--) {
      const key = this.#key();
      const name = canonicalKey(key);
      if (!entries.has(name)) entries.set(name, [key, this.value(depth)]);
    }
    return new Map(entries.values());
  }

  #key(): unknown {
    switch (this.below(6)) {
      case 0:
        return this.#of(INTEGERS);
      case 1:
        return this.#of(BIGINTS);
      case 2:
        return Uint8Array.from(this.#of(BYTES));
      case 3:
        return this.below(10);
      default:
        return this.#of([...KEYS, ...LATE_KEYS]);
    }
  }
}

/** One text for one value of PHP's, whichever way it stands in JavaScript. */
export function canonical(value: unknown): string {
  if (value === null) return 'n';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return `i${value}`;
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value);
    return `d${bits.toString('hex')}`;
  }
  if (typeof value === 'string' || value instanceof Uint8Array)
    return `s${Buffer.from(value as string).toString('hex')}`;
  if (value instanceof EnumCase) return `e${value.enum}::${value.case}`;
  const entries: [unknown, unknown][] = Array.isArray(value)
    ? value.map((element, index) => [index, element])
    : value instanceof Map
      ? [...value]
      : Object.entries(value as object);
  return `[${entries.map(([key, element]) => `${canonicalKey(key)}=${canonical(element)}`).join(',')}]`;
}

/** A string that is an integer is one, as a key. */
export function canonicalKey(key: unknown): string {
  if (typeof key === 'number' || typeof key === 'bigint') return `i${key}`;
  const text = Buffer.from(key as string).toString('latin1');
  const integer = /^(0|-?[1-9][0-9]*)$/.test(text) && BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 63n;
  return integer ? `i${text}` : `s${Buffer.from(text, 'latin1').toString('hex')}`;
}
