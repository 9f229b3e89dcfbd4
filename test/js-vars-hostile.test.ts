// What native code makes of buffers that lib/vars/pack.ts would never send: it refuses them, and reads nothing beyond.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binding, type NativeAddon } from '../lib/binding.js';
import { Runtime, type Scope, type Vars } from '../lib/index.js';
import { packValue } from '../lib/vars/pack.js';
import { silence } from './support/loggers.js';
import { ask, fixture } from './support/modes.js';
import { canonical, Trees } from './support/trees.js';

const LIMIT = 8 << 20;
const [TRUE, INT32, NUMBER, BIGINT, STRING, BYTES, LIST, OBJECT, MAP, ENUM, INTS, KNOWN, SHAPE, SAME] = [
  2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

let php: Runtime;
let app: Scope;
let flags: Vars;
let native: NativeAddon;
let slot: number;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence, vars: { maxSnapshotBytes: LIMIT } });
  app = await php.createScope({ name: 'hostile', root: fixture('js-vars'), jsVars: ['flags'] });
  native = binding();
  // The scope's handle is its number in this environment, which has no other.
  slot = native.findSlot(0, 'flags', true);
  flags = app.vars('flags');
  flags.publish({ last: 'stays' });
});
afterAll(() => php.stop());

function send(ops: readonly number[], text = '', bytes: readonly number[] = []) {
  return native.publishSlot(slot, Int32Array.from(ops), text, Uint8Array.from(bytes));
}

const NESTED = (levels: number) => [...Array.from({ length: levels - 1 }, () => [LIST, 1]).flat(), LIST, 0];

const cases: Record<string, [ops: readonly number[], text?: string, bytes?: readonly number[]]> = {
  nothing: [[]],
  'a scalar at the root': [[TRUE]],
  'an enum case at the root': [[ENUM, STRING, 0, 1, STRING, 1, 1], 'ab'],
  'an unknown word': [[LIST, 1, 99]],
  'a negative word': [[LIST, 1, -1]],
  'words for the other direction: integers': [[INTS, 1, 1]],
  'words for the other direction: integers within': [[LIST, 1, INTS, 1, 1]],
  'words for the other direction: known': [[LIST, 1, KNOWN, 0]],
  'words for the other direction: shape': [[LIST, 1, SHAPE, 0]],
  'words for the other direction: same': [[LIST, 1, SAME, 0, 1]],
  'no count': [[LIST]],
  'a negative count': [[LIST, -1]],
  'the smallest count': [[LIST, -0x8000_0000]],
  'a count beyond its elements': [[LIST, 2, TRUE]],
  'a huge count': [[LIST, 0x7fff_ffff, TRUE]],
  'a huge count of keys': [[OBJECT, 0x7fff_ffff, STRING, 0, 1, TRUE], 'a'],
  'a huge count of a Map': [[MAP, 0x3fff_ffff, INT32, 1, TRUE]],
  'something after the end': [[LIST, 1, TRUE, TRUE]],
  'half an integer': [[LIST, 1, INT32]],
  'half a number': [[LIST, 1, NUMBER, 0]],
  'half a bigint': [[LIST, 1, BIGINT, 0]],
  'half a string': [[LIST, 1, STRING, 0], 'a'],
  'a string beyond the text': [[LIST, 1, STRING, 0, 2], 'a'],
  'a string beyond the text, not ASCII': [[LIST, 1, STRING, 0, 3], 'é'],
  'a string without text': [[LIST, 1, STRING, 0, 1]],
  'a string at a later place': [[LIST, 1, STRING, 1, 1], 'ab'],
  'a string at the same place': [[LIST, 2, STRING, 0, 1, STRING, 0, 1], 'ab'],
  'a negative place': [[LIST, 1, STRING, -1, 1], 'ab'],
  'a negative length': [[LIST, 1, STRING, 0, -1], 'ab'],
  'a huge length': [[LIST, 1, STRING, 0, 0x7fff_ffff], 'ab'],
  'half a character': [[LIST, 2, STRING, 0, 1, STRING, 1, 1], '🙂'],
  'bytes beyond the bytes': [[LIST, 1, BYTES, 0, 3], '', [1, 2]],
  'bytes after the bytes': [[LIST, 1, BYTES, 3, 0], '', [1, 2]],
  'bytes whose end wraps around': [[LIST, 1, BYTES, 1, 0x7fff_ffff], '', [1, 2]],
  'negative bytes': [[LIST, 1, BYTES, -1, 1], '', [1, 2]],
  'an integer as an object key': [[OBJECT, 1, INT32, 1, TRUE, TRUE]],
  'a list as a key': [[MAP, 1, LIST, 0, TRUE]],
  'null as a key': [[MAP, 1, 0, TRUE]],
  'a key twice': [[OBJECT, 2, STRING, 0, 1, STRING, 1, 1, TRUE, TRUE], 'aa'],
  'a key twice, as integers': [[MAP, 2, INT32, 5, TRUE, BIGINT, 5, 0, TRUE]],
  'a key twice, as integer and string': [[MAP, 2, INT32, 5, TRUE, STRING, 0, 1, TRUE], '5'],
  'a key twice, as string and bytes': [[MAP, 2, STRING, 0, 1, TRUE, BYTES, 0, 1, TRUE], 'a', [97]],
  'an enum case with a number as its name': [[LIST, 1, ENUM, STRING, 0, 1, INT32, 1], 'a'],
  'an enum case with bytes as its name': [[LIST, 1, ENUM, BYTES, 0, 1, BYTES, 0, 1], '', [97]],
  '257 levels': [NESTED(257)],
  '100 000 levels': [NESTED(100_000)],
  'a snapshot that is too large': [[LIST, 1 << 19, ...new Array<number>(1 << 19).fill(TRUE)]],
};

describe('buffers that make no sense', () => {
  it.each(Object.entries(cases))('%s', (_, [ops, text, bytes]) => {
    const { version } = flags;
    expect(send(ops, text, bytes)).toMatchObject({ code: 'ERR_SIDEKICK_VALUE' });
    expect(flags.version).toBe(version);
  });

  it('what lies at the edge is taken', () => {
    expect(send(NESTED(256))).toBeUndefined();
    expect(send([LIST, 3, BYTES, 2, 0, BYTES, 0, 2, STRING, 0, 0], '', [1, 2])).toBeUndefined();
    expect(send([LIST, 2, STRING, 0, 2, STRING, 2, 1], '🙂b')).toBeUndefined();
    expect(send([MAP, 1, BYTES, 0, 2, TRUE], '', [0x2d, 0x35])).toBeUndefined();
    expect(canonical(flags.current)).toBe('[i-5=t]');
  });

  it('random words', async () => {
    const trees = new Trees(11);
    let taken = 0;
    for (let turn = 0; turn < 30_000; turn++) {
      const length = trees.below(30);
      const ops = Array.from({ length }, () => (trees.below(20) === 0 ? trees.below(2 ** 32) | 0 : trees.below(16)));
      if (trees.below(2) === 0) ops.unshift(LIST + trees.below(3), trees.below(4));
      taken += send(ops, 'aé🙂5', [1, 53, 255]) === undefined ? 1 : 0;
      if (turn % 1000 === 0) await read();
    }
    expect(taken).toBeGreaterThan(0);
  });

  it('values with a word changed, left out or put in', async () => {
    const trees = new Trees(12);
    let [taken, refused] = [0, 0];
    for (let turn = 0; turn < 6000; turn++) {
      const packed = packValue(trees.root(3), LIMIT);
      const ops = [...packed.ops];
      for (let changes = 1 + trees.below(3); changes > 0; changes--) {
        const at = trees.below(ops.length);
        const word = trees.below(4) === 0 ? trees.below(2 ** 32) | 0 : trees.below(20) - 2;
        ops.splice(at, trees.below(2), ...(trees.below(3) === 0 ? [] : [word]));
      }
      const text = trees.below(10) === 0 ? packed.text.slice(0, -1) : packed.text;
      if (native.publishSlot(slot, Int32Array.from(ops), text, packed.bytes) === undefined) taken++;
      else refused++;
      if (turn % 20 === 0) checkAll(flags.current);
      if (turn % 500 === 0) await read();
    }
    expect([taken > 100, refused > 1000]).toEqual([true, true]);
  });
});

/** JavaScript and PHP read the same, and the array works as any other. */
async function read(): Promise<void> {
  const answer = await ask<Record<string, unknown>>(app, 'classic', { do: 'all' });
  // A case of an enum that nobody declared is the one thing that PHP cannot read.
  if (answer['error'] === 'LogicException') return;
  const wanted = {
    canonical: canonical(flags.current),
    exported: true,
    serialized: true,
    list: true,
    lookups: 0,
    writes: 0,
  };
  expect(answer).toEqual({ ...wanted, untouched: true });
}

function checkAll(value: unknown): void {
  expect(canonical(value)).toBeTypeOf('string');
}
