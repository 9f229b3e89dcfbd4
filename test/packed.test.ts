import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PackedSnapshot } from '../lib/binding.js';
import { EnumCase, type PhpValue } from '../lib/index.js';
import { SnapshotReader } from '../lib/vars/packed.js';
import { run } from './support/child.js';

const [NULL, FALSE, TRUE, INT32, NUMBER, BIGINT, STRING, BYTES, LIST, OBJECT, MAP, ENUM, INTS, KNOWN, SHAPE, SAME] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

interface Message {
  readonly sequence?: number;
  readonly version?: number;
  readonly anew?: boolean;
  readonly strings?: readonly string[];
  readonly shapes?: readonly (readonly number[])[];
}

/** A message as native/core/packed_value.h says; what native code packs for real is tested in js-vars-values.test.ts. */
function message(parts: readonly (number | string)[], head: Message = {}): PackedSnapshot {
  const { sequence = 1, version = 1, anew = true, strings = [], shapes = [] } = head;
  const ops = [sequence, version, 0, anew ? 1 : 0, strings.length, ...strings.map(({ length }) => length)];
  ops.push(shapes.length, ...shapes.flatMap((keys) => [keys.length, ...keys]));
  let text = '';
  for (const part of parts) {
    if (typeof part === 'number') ops.push(part);
    else {
      ops.push(STRING, text.length, part.length);
      text += part;
    }
  }
  return [Int32Array.from(ops), strings.join(''), text, Uint8Array.of(255, 0, 1)];
}

function read(...parts: (number | string)[]): PhpValue {
  return new SnapshotReader().read({ readSlot: () => message(parts) }, 0)!;
}

function words(value: number): [number, number, number] {
  const [low, high] = new Int32Array(Float64Array.of(value).buffer);
  return [NUMBER, low!, high!];
}

describe('J03 decoding', () => {
  it('maps scalars', () => {
    const numbers = [1.5, Number.NaN, -0, 2 ** 40].flatMap(words);
    const list = read(LIST, 9, NULL, FALSE, TRUE, INT32, -7, ...numbers, 'häß 🙂');
    expect(list).toEqual([null, false, true, -7, 1.5, Number.NaN, -0, 2 ** 40, 'häß 🙂']);
  });

  it('maps integers beyond 2^53 to bigints', () => {
    const value = read(LIST, 3, BIGINT, -1, 0x7fff_ffff, BIGINT, 0, -0x8000_0000, BIGINT, 1, 0x20_0000);
    expect(value).toEqual([2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]);
  });

  it('maps bytes that are not UTF-8 to a copy', () => {
    const value = read(LIST, 1, BYTES, 0, 2) as readonly Uint8Array[];
    expect([...value[0]!]).toEqual([255, 0]);
  });

  it('maps lists, string keys and other arrays', () => {
    const value = read(OBJECT, 2, 'b', 'a', LIST, 1, TRUE, MAP, 2, INT32, 3, NULL, 'k', FALSE) as Record<
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

  it('maps a list of integers', () => {
    expect(read(INTS, 4, 1, -2, 0x7fff_ffff, -0x8000_0000)).toEqual([1, -2, 0x7fff_ffff, -0x8000_0000]);
  });

  it('maps an empty array to [], and to {} at the root', () => {
    expect(Array.isArray(read(LIST, 0))).toBe(false);
    expect(Object.keys(read(LIST, 0) as object)).toEqual([]);
    expect(read(LIST, 1, LIST, 0)).toEqual([[]]);
  });

  it('maps an enum case to an EnumCase', () => {
    const [value] = read(LIST, 1, ENUM, 'Ns\\Suit', 'Hearts') as readonly PhpValue[];
    expect(value).toBeInstanceOf(EnumCase);
    expect(value).toEqual(new EnumCase('Ns\\Suit', 'Hearts'));
  });

  it('takes __proto__ as data', () => {
    const value = read(OBJECT, 1, '__proto__', OBJECT, 1, 'polluted', TRUE) as Record<string, PhpValue>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('freezes everything, maps included', () => {
    const value = read(LIST, 4, OBJECT, 0, MAP, 1, INT32, 1, NULL, ENUM, 'E', 'C', INTS, 1, 5) as readonly PhpValue[];
    const map = value[1] as Map<unknown, unknown>;
    expect([value, ...value].every(Object.isFrozen)).toBe(true);
    expect(() => map.set(2, 3)).toThrow(TypeError);
    expect(() => map.delete(1)).toThrow(TypeError);
    expect(() => map.clear()).toThrow(TypeError);
    expect(map.size).toBe(1);
  });

  it('is for JSON.stringify and structuredClone what it looks like', () => {
    const value = read(OBJECT, 2, 'b', 'a', LIST, 1, TRUE, OBJECT, 1, 'k', INT32, 1);
    expect(JSON.stringify(value)).toBe('{"b":[true],"a":{"k":1}}');
    expect(structuredClone(value)).toEqual({ b: [true], a: { k: 1 } });
  });
});

describe('what was sent before', () => {
  /** A reader of these messages, in turn; `asked` are the sequence numbers that it has given back. */
  function reader(...messages: PackedSnapshot[]) {
    const asked: number[] = [];
    const native = {
      readSlot(_: number, sequence: number): PackedSnapshot {
        asked.push(sequence);
        return messages[asked.length - 1]!;
      },
    };
    const snapshots = new SnapshotReader();
    return { asked, snapshots, next: () => snapshots.read(native, 0) as Record<string, PhpValue> };
  }

  it('strings, shapes and containers are taken over', () => {
    const { next, asked, snapshots } = reader(
      message([SHAPE, 0, KNOWN, 2, LIST, 1, SHAPE, 0, NULL, FALSE], {
        sequence: 1,
        strings: ['x', 'y', 'häß'],
        shapes: [[0, 1]],
      }),
      message([SHAPE, 0, KNOWN, 3, SAME, 1, 2], { sequence: 2, version: 7, anew: false, strings: ['new'] }),
      message([LIST, 2, SAME, 1, 2, SAME, 2, 1], { sequence: 3, version: 8, anew: false }),
    );
    const [first, second, third] = [next(), next(), next()];
    expect(first).toEqual({ x: 'häß', y: [{ x: null, y: false }] });
    expect(second).toEqual({ x: 'new', y: [{ x: null, y: false }] });
    expect(second['y']).toBe(first['y']);
    expect(third[0]).toBe(first['y']);
    expect(third[1]).toBe((first['y'] as readonly PhpValue[])[0]);
    expect([asked, snapshots.version]).toEqual([[0, 1, 2], 8]);
  });

  it('a message that begins anew makes all of it void', () => {
    const { next } = reader(
      message([LIST, 1, KNOWN, 0], { strings: ['old'] }),
      message([LIST, 1, KNOWN, 0], { sequence: 2, strings: ['new'] }),
    );
    expect([next(), next()]).toEqual([['old'], ['new']]);
  });

  it('objects of one shape, however many, whatever their keys', () => {
    const keys = [
      '__proto__',
      'constructor',
      'a"b',
      "it's",
      'back\\slash',
      'new\nline',
      '\u2028',
      '${x}',
      '',
      '*/',
      'häß🙂',
    ];
    const count = 1000;
    const values = Array.from({ length: count }, (_, row) => [
      SHAPE,
      0,
      ...keys.flatMap((_key, at) => [INT32, row * 100 + at]),
    ]);
    const { next } = reader(
      message([LIST, count, ...values.flat()], { strings: keys, shapes: [keys.map((_, at) => at)] }),
    );
    const rows = next() as unknown as readonly Record<string, PhpValue>[];
    for (const [row, object] of rows.entries()) {
      expect(Object.keys(object)).toEqual(keys);
      expect(Object.values(object)).toEqual(keys.map((_, at) => row * 100 + at));
      expect([Object.isFrozen(object), Object.getPrototypeOf(object)]).toEqual([true, null]);
    }
    expect(rows.length).toBe(count);
  });

  it('also where no code may be generated', async () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const nodeOptions = ['--disallow-code-generation-from-strings'];
    const { stdout, stderr } = await run('no-code-generation.mjs', [root], { nodeOptions });
    expect(stdout, stderr).toBe('{"refused":true,"same":true}\n');
  });

  it('after a message that made no sense the reader starts from nothing', () => {
    const { next, asked } = reader(
      message([TRUE]),
      message([99], { sequence: 2 }),
      message([LIST, 1, NULL], { sequence: 5 }),
      message([NULL], { sequence: 6 }),
    );
    next();
    expect(next).toThrow('packed value: unknown op 99');
    next();
    next();
    expect(asked).toEqual([0, 1, 0, 5]);
  });
});
