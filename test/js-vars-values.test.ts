// What JavaScript publishes, as PHP and JavaScript read it: every kind of value, and random trees of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumCase, type PhpValue, Runtime, type Scope, type Vars } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';
import { canonical, Trees } from './support/trees.js';

let php: Runtime;
let app: Scope;
let flags: Vars;
let own: Vars;
beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: silence });
  const root = fixture('js-vars');
  app = await php.createScope({
    name: 'js-vars-values',
    root,
    workers: [{ file: `${root}/worker.php`, num: 2 }],
    jsVars: ['flags', 'own'],
  });
  flags = app.vars('flags');
  own = app.vars('own');
});
afterAll(() => php.stop());

const asAnyArray = { exported: true, serialized: true, list: true, lookups: 0, writes: 0, untouched: true };

const cases: Record<string, object> = {
  scalars: { null: null, true: true, false: false, text: 'häß 🙂', empty: '' },
  'int, at the edges of 32, 53 and 64 bits': [
    ...[0, -0x8000_0000, 0x7fff_ffff, 0x8000_0000, -0x8000_0001, 2 ** 53 - 1, -(2 ** 53) + 1],
    ...[5n, 2n ** 63n - 1n, -(2n ** 63n)],
  ],
  float: [-0, 0.1, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e300, 5e-324, 0.1 + 0.2],
  'bytes, valid UTF-8 or not': { a: Uint8Array.of(255, 0, 254), b: Buffer.from('text'), c: new Uint8Array(0) },
  'lists and maps in each other': { a: [[1, [2]], { b: [{}] }], c: { d: { e: 'f' } } },
  'empty objects, arrays and Maps': { a: {}, b: [], c: new Map(), d: [[], {}] },
  'the empty root': {},
  'a list as the root': [1, 'two', [3]],
  'a Map as the root': new Map<unknown, unknown>([
    ['b', 1],
    [3, 'c'],
    [-1, 'd'],
    ['a', 2],
  ]),
  'keys that are integers in PHP': { 10: 'a', '-5': 'b', '05': 'c', '-0': 'd', ' 1': 'e', '1.0': 'f', '': 'g' },
  'integers that are too large for a key': {
    '9223372036854775807': 1,
    '9223372036854775808': 2,
    '-9223372036854775808': 3,
  },
  'keys of Maps': new Map<unknown, unknown>([
    [2 ** 40, 1],
    [2n ** 62n, 2],
    [-7, 3],
    [Uint8Array.of(255), 4],
    [Buffer.from('x'), 5],
    ['5', 6],
  ]),
  'a Map with the keys of a list': new Map([
    [0, 'a'],
    [1, 'b'],
  ]),
  'names that mean something to objects': JSON.parse(
    '{"__proto__": 1, "constructor": 2, "toString": {"__proto__": []}}',
  ),
  'cases of enums': {
    suit: new EnumCase('Suit', 'Hearts'),
    all: [[new EnumCase('Suit', 'Spades')]],
    'beside it': [1, 2],
  },
  'many keys': Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`key ${index}`, index])),
  'a long list': Array.from({ length: 10_000 }, (_, index) => index * 7),
  'strings beyond what is kept': { long: 'x'.repeat(100_000), wide: '日本語🙂'.repeat(5000), many: 'é'.repeat(101) },
};

describe.each(modes)('J01 J03 %s mode reads what JavaScript published', (mode) => {
  it.each(Object.entries(cases))('%s', async (_, value) => {
    flags.publish(value);
    expect(await ask(app, mode, { do: 'all' })).toEqual({ canonical: canonical(value), ...asAnyArray });
    checkRead(flags.current);
    expect(canonical(flags.current)).toBe(canonical(value));
  });

  it('random trees', async () => {
    const trees = new Trees(mode === 'classic' ? 1 : 2);
    for (let turn = 0; turn < 60; turn++) {
      const value = trees.root();
      flags.publish(value);
      const wanted = canonical(value);
      expect(await ask(app, mode, { do: 'all' }), `turn ${turn}`).toEqual({ canonical: wanted, ...asAnyArray });
    }
  });

  it('V09 V10 the snapshot itself, without a copy', async () => {
    app
      .vars('flags')
      .publish({ text: 'x'.repeat(1 << 20), list: Array.from({ length: 10_000 }, (_, i) => `entry ${i}`) });
    expect(await ask(app, mode, { do: 'identity' })).toBe(true);
  });
});

describe('J03 JavaScript reads what JavaScript published', () => {
  it('random trees, version after version', () => {
    const trees = new Trees(3);
    for (let turn = 0; turn < 2000; turn++) {
      const value = trees.root(5);
      flags.publish(value);
      const current = flags.current!;
      checkRead(current);
      expect(canonical(current), `turn ${turn}`).toBe(canonical(value));
    }
  });

  it('what it read can be published as it is, and changes nothing', () => {
    const trees = new Trees(4);
    for (let turn = 0; turn < 500; turn++) {
      flags.publish(trees.root());
      const { current, version } = flags;
      flags.publish(current as object);
      expect([flags.version, flags.current === current], `turn ${turn}`).toEqual([version, true]);
    }
  });

  it('V03 a tree that changes in places, whatever of it is new', () => {
    const trees = new Trees(5);
    const rows: unknown[] = Array.from({ length: 20 }, () => trees.root(2));
    const groups: Record<string, unknown> = {};
    for (let turn = 0; turn < 1000; turn++) {
      const change = trees.below(5);
      if (change === 0) rows[trees.below(rows.length)] = trees.value(2);
      else if (change === 1) groups[`group ${trees.below(30)}`] = trees.value(3);
      else if (change === 2) delete groups[`group ${trees.below(30)}`];
      else if (change === 3) rows.splice(trees.below(rows.length), 1, trees.value(1), trees.value(1));
      else if (rows.length > 5) rows.splice(trees.below(rows.length), 1);
      flags.publish({ rows, groups, turn });
      checkRead(flags.current);
      expect(canonical(flags.current), `turn ${turn}`).toBe(canonical({ rows, groups, turn }));
    }
  });

  it('what has not changed stays the same object', () => {
    type Read = {
      readonly a: { readonly b: readonly PhpValue[] };
      readonly c: { readonly n: number; readonly d: object };
    };
    const make = (n: number) => ({
      a: { b: [1, 'two', new EnumCase('Suit', 'Hearts')] },
      c: { n, d: new Map([[3, { e: 'f' }]]) },
    });
    own.publish(make(1));
    const before = own.current as unknown as Read;
    own.publish(make(2));
    const after = own.current as unknown as Read;
    expect(after).not.toBe(before);
    expect([after.c.n, before.c.n]).toEqual([2, 1]);
    expect([after.a === before.a, after.c.d === before.c.d]).toEqual([true, true]);
  });

  it.each([
    ['strings that cross in full', { long: 'x'.repeat(100_000), list: ['é'.repeat(200)] }],
    ['more strings than are kept', { list: Array.from({ length: 20_000 }, (_, index) => `entry ${index}`) }],
    [
      'more words than are kept',
      { rows: Array.from({ length: 3000 }, (_, id) => Array.from({ length: 100 }, (_, n) => id * n)) },
    ],
  ])('so do %s', (_, large) => {
    type Read = { readonly large: object; readonly n: number };
    const seen = [0, 1, 2, 3].map((n) => {
      own.publish({ large, n });
      const current = own.current as unknown as Read;
      own.publish({ large: current.large, n: -n }); // read and published again, with something else beside it
      return [current, own.current as unknown as Read];
    });
    expect(canonical(own.current)).toBe(canonical({ large, n: -3 }));
    const reads = seen.flat().slice(1); // the first may fill what is kept
    for (const read of reads) expect(read.large === reads[0]!.large).toBe(true);
    expect(seen.flat().map(({ n }) => n)).toEqual([0, -0, 1, -1, 2, -2, 3, -3]);
  });

  it('bytes are a private copy each time', () => {
    flags.publish({ keep: { bytes: Uint8Array.of(255, 1) }, n: 1 });
    const before = flags.current as unknown as { readonly keep: { readonly bytes: Uint8Array } };
    before.keep.bytes[1] = 99;
    flags.publish({ keep: { bytes: Uint8Array.of(255, 1) }, n: 2 });
    expect((flags.current as unknown as typeof before).keep.bytes).toEqual(Uint8Array.of(255, 1));
  });
});

/** Everything is what J03 says, frozen to the last container. */
function checkRead(value: unknown, isRoot = true): void {
  if (value instanceof Uint8Array) {
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(value)).toThrow();
    return;
  }
  if (typeof value === 'bigint')
    expect(BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))).toBe(false);
  if (typeof value !== 'object' || value === null) return;
  if (!Object.isFrozen(value)) throw new Error('not frozen');
  if (value instanceof EnumCase) return;
  if (Array.isArray(value)) {
    for (const element of value) checkRead(element, false);
    return;
  }
  if (value instanceof Map) {
    const keys = [...value.keys()];
    expect(keys.some((key) => typeof key !== 'string' || /^-?[0-9]+$/.test(key))).toBe(true);
    expect(keys.every((key, index) => key === index)).toBe(false);
    for (const element of value.values()) checkRead(element, false);
    return;
  }
  expect(Object.getPrototypeOf(value)).toBeNull();
  expect(Object.keys(value).length > 0 || isRoot).toBe(true);
  for (const element of Object.values(value)) checkRead(element, false);
}
