import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumCase, type PhpValue } from '../lib/index.js';
import { ask, modes } from './support/modes.js';
import { SharedVars } from './support/shared-vars.js';

let shared: SharedVars;
beforeAll(async () => {
  shared = await SharedVars.start('shared-values');
});
afterAll(() => shared.stop());

const cases = {
  scalars: 'V01 null, bools and ints',
  floats: 'V04 floats, to the last bit',
  strings: 'V04 strings of any bytes',
  keys: 'V04 keys of any kind, in order',
  empty: 'V01 the empty array',
  arrays: 'V01 arrays: nested, packed, with holes, emptied, their position and next index',
  list: 'V01 a list',
  references: 'V01 a reference of one holder as its value',
  deepest: 'V06 256 levels',
};

describe.each(modes)('%s mode reads what was published', (mode) => {
  it.each(Object.entries(cases))('%s: %s', async (name) => {
    await shared.tell('publish', name);
    expect(await ask(shared.app, mode, { do: 'difference', case: name })).toEqual({
      difference: null,
      serialized: true,
      list: true,
    });
  });

  it('V15 enum cases, identical to those of the reading thread', async () => {
    await shared.tell('publish', 'enums');
    for (let time = 0; time < 4; time++) {
      expect(await ask(shared.app, mode, { do: 'enums' })).toEqual({
        'same case': true,
        'same array': true,
        matches: 'hearts',
        backed: 'H',
      });
    }
  });

  it.each([
    ['unknown enum', 'OnlyHere'],
    ['unknown case', 'Level::High'],
  ])('V15 %s: LogicException naming it, and the thread goes on', async (command, named) => {
    await shared.tell(command);
    for (let time = 0; time < 3; time++) {
      const answer = await ask(shared.app, mode, { do: 'vars' });
      expect(answer).toEqual({ error: 'LogicException', message: expect.stringContaining(named) });
    }
    await shared.tell('publish', 'list');
    expect(await ask(shared.app, mode, { do: 'vars' })).toEqual({ result: ['a', ['b'], 'c'] });
  });

  it('V15 a case whose value cannot be computed here: what PHP says of it, each time', async () => {
    await shared.tell('impossible case');
    for (let time = 0; time < 3; time++) {
      const answer = await ask(shared.app, mode, { do: 'vars' });
      expect(answer).toEqual({ error: 'Error', message: expect.stringContaining('MARK') });
    }
    await shared.tell('publish', 'list');
  });
});

describe('V16 JavaScript reads what was published', () => {
  const current = () => shared.app.vars('told').current as Record<string, PhpValue>;

  it('V04 floats and strings', async () => {
    await shared.tell('publish', 'floats');
    const floats = current();
    expect([floats['nan'], floats['inf'], floats['minus zero'], floats['least']]).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      5e-324,
    ]);
    expect([floats['sum'], floats['digits'], floats['most']]).toEqual([
      0.1 + 0.2,
      Number('1.2345678901234567e-300'),
      Number.MAX_VALUE,
    ]);
    await shared.tell('publish', 'strings');
    const strings = current();
    expect([strings['empty'], strings['nul'], strings['only nul'], strings['utf-8'], strings['numeric']]).toEqual([
      '',
      'a\0b\0',
      '\0',
      'häß 🙂',
      '12',
    ]);
    expect(Buffer.from(strings['invalid'] as Uint8Array).toString('latin1')).toBe('\xff\xfe caf\xe9 \xc3');
    expect([...(strings['all bytes'] as Uint8Array)]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    expect((strings['long'] as string).length).toBe(1_100_000);
  });

  it('V04 keys of any kind, in order', async () => {
    await shared.tell('publish', 'keys');
    const keys = [...(shared.app.vars('told').current as ReadonlyMap<PhpValue, PhpValue>).keys()];
    const text = ['05', '-0', ' 5', '1e3', '9223372036854775808'];
    expect(keys.map((key) => (key instanceof Uint8Array ? [...key] : key))).toEqual([
      'b',
      'a',
      10,
      -5,
      0,
      '',
      'k\0y',
      [255],
      ...text,
      9223372036854775807n,
      -7,
      '1.5',
    ]);
  });

  it('V15 enum cases, of enums that readers do not know too', async () => {
    await shared.tell('publish', 'enums');
    expect(current()['suit']).toEqual(new EnumCase('Suit', 'Hearts'));
    expect(current()['suit']).toBeInstanceOf(EnumCase);
    await shared.tell('unknown enum');
    expect(current()['deep']).toEqual([new EnumCase('OnlyHere', 'It')]);
  });

  it('J03 the empty array at the root is an empty object', async () => {
    await shared.tell('publish', 'empty');
    expect(Object.keys(current())).toEqual([]);
    expect(Object.getPrototypeOf(current())).toBe(null);
  });
});
