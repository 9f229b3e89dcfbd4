import { describe, expect, it } from 'vitest';
import { decodeSnapshot, EnumCase, type PhpValue } from '../lib/vars/packed.js';

/** Packs as native/core/packed_value.h says; what php/ packs for real is tested in vars.test.ts. */
function pack(...parts: (number | string)[]): PhpValue {
  const ops: number[] = [];
  let text = '';
  for (const part of parts) {
    if (typeof part === 'number') ops.push(part);
    else {
      ops.push(text.length, part.length);
      text += part;
    }
  }
  return decodeSnapshot([
    Int32Array.from(ops),
    Float64Array.of(1.5, Number.NaN, -0, 2 ** 40),
    text,
    Uint8Array.of(255, 0, 1),
    1,
  ]);
}
const [NULL, FALSE, TRUE, INT32, NUMBER, BIGINT, STRING, BYTES, LIST, OBJECT, MAP, ENUM] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
];

describe('J03 decoding', () => {
  it('maps scalars', () => {
    const list = pack(LIST, 9, NULL, FALSE, TRUE, INT32, -7, NUMBER, NUMBER, NUMBER, NUMBER, STRING, 'häß 🙂');
    expect(list).toEqual([null, false, true, -7, 1.5, Number.NaN, -0, 2 ** 40, 'häß 🙂']);
  });

  it('maps integers beyond 2^53 to bigints', () => {
    const value = pack(LIST, 3, BIGINT, -1, 0x7fff_ffff, BIGINT, 0, -0x8000_0000, BIGINT, 1, 0x20_0000);
    expect(value).toEqual([2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]);
  });

  it('maps bytes that are not UTF-8 to a copy', () => {
    const value = pack(LIST, 1, BYTES, 0, 2) as readonly Uint8Array[];
    expect([...value[0]!]).toEqual([255, 0]);
  });

  it('maps lists, string keys and other arrays', () => {
    const value = pack(OBJECT, 2, 'b', LIST, 1, TRUE, 'a', MAP, 2, INT32, 3, NULL, STRING, 'k', FALSE) as Record<
      string,
      PhpValue
    >;
    expect(Object.keys(value)).toEqual(['b', 'a']);
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(value['b']).toEqual([true]);
    expect([...(value['a'] as Map<unknown, unknown>)]).toEqual([
      [3, null],
      ['k', false],
    ]);
  });

  it('maps an empty array to [], and to {} at the root', () => {
    expect(Array.isArray(pack(LIST, 0))).toBe(false);
    expect(Object.keys(pack(LIST, 0) as object)).toEqual([]);
    expect(pack(LIST, 1, LIST, 0)).toEqual([[]]);
  });

  it('maps an enum case to an EnumCase', () => {
    const [value] = pack(LIST, 1, ENUM, 'Ns\\Suit', 'Hearts') as readonly PhpValue[];
    expect(value).toBeInstanceOf(EnumCase);
    expect(value).toEqual(new EnumCase('Ns\\Suit', 'Hearts'));
  });

  it('takes __proto__ as data', () => {
    const value = pack(OBJECT, 1, '__proto__', OBJECT, 1, 'polluted', TRUE) as Record<string, PhpValue>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('freezes everything, maps included', () => {
    const value = pack(LIST, 3, OBJECT, 0, MAP, 1, INT32, 1, NULL, ENUM, 'E', 'C') as readonly PhpValue[];
    const map = value[1] as Map<unknown, unknown>;
    expect([value, ...value].every(Object.isFrozen)).toBe(true);
    expect(() => map.set(2, 3)).toThrow(TypeError);
    expect(() => map.delete(1)).toThrow(TypeError);
    expect(() => map.clear()).toThrow(TypeError);
    expect(map.size).toBe(1);
  });
});
