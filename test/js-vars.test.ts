// JavaScript as the publisher of shared vars: scope.vars(name).publish() for the names in jsVars.
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumCase, Runtime, type Scope, SidekickError, type Vars } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';
import { canonical } from './support/trees.js';

const LIMIT = 4 << 20;
const root = fixture('js-vars');
let php: Runtime;
let app: Scope;
let flags: Vars;
beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: silence, vars: { maxSnapshotBytes: LIMIT } });
  app = await php.createScope({
    name: 'js-vars',
    root,
    workers: [{ file: `${root}/worker.php`, num: 2 }],
    jsVars: ['flags'],
  });
  flags = app.vars('flags');
});
afterAll(() => php.stop());

let scopes = 0;
/** A scope of its own, in which nothing is published yet. */
function fresh(jsVars: readonly string[] = ['flags', 'other']): Promise<Scope> {
  return php.createScope({
    name: `fresh ${scopes++}`,
    root,
    workers: [{ file: `${root}/worker.php`, num: 2 }],
    jsVars,
  });
}

describe('C08 jsVars', () => {
  it.each([
    ['not an array', 'flags', 'jsVars must be an array of strings'],
    ['not strings', [1], 'jsVars[0] must be a string'],
    ['an empty name', ['a', ''], 'jsVars[1] must not be empty'],
    ['a NUL byte', ['a\0'], 'jsVars[0] must not hold a NUL byte'],
    ['a name twice', ['a', 'b', 'a'], "jsVars[2] is 'a', as jsVars[0] is already"],
    ['the name of a worker', ['a', 'watcher'], "jsVars[1] is 'watcher', the name of workers[0]"],
  ])('refuses %s', async (_, jsVars, message) => {
    const workers = [{ file: `${root}/worker.php`, background: true, name: 'watcher' }];
    const refused = php.createScope({ name: 'refused', root, workers, jsVars: jsVars as string[] });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_CONFIG',
      message: expect.stringContaining(message),
    });
  });

  it('J01 refuses to publish a name that is not in it', async () => {
    const workers = [{ file: `${root}/worker.php`, background: true, name: 'watcher' }];
    await using scope = await php.createScope({ name: 'other names', root, workers, jsVars: ['flags'] });
    expect(() => scope.vars('watcher').publish({})).toThrow("'watcher' is not in jsVars of scope 'other names'");
    expect(() => scope.vars('nobody')).toThrow("no background worker configured for name 'nobody'");
  });
});

describe.each(modes)('%s mode', (mode) => {
  it('V07 waits for the first publish, and is released by it', async () => {
    await using scope = await fresh();
    const waiting = ask<{ canonical: string }>(scope, mode, { do: 'all', timeout: '20' });
    await until(() => php.status().threads.some(({ busy }) => busy));
    scope.vars('flags').publish({ dark: true });
    expect((await waiting).canonical).toBe(canonical({ dark: true }));
  });

  it('V07 gives up at the deadline, and at once with a timeout of 0', async () => {
    await using scope = await fresh();
    const wanted = { error: 'RuntimeException', message: expect.stringContaining("'flags'") };
    expect(await ask(scope, mode, { do: 'all', timeout: '0.05' })).toEqual(wanted);
    expect(await ask(scope, mode, { do: 'all', timeout: '0' })).toEqual(wanted);
    expect(php.status().threads.filter(({ kind }) => kind === 'background')).toEqual([]);
  });

  it('V08 waits for several names', async () => {
    await using scope = await fresh();
    scope.vars('other').publish([1]);
    const waiting = ask(scope, mode, { do: 'both', timeout: '20' });
    await until(() => php.status().threads.some(({ busy }) => busy));
    scope.vars('flags').publish([2]);
    expect(await waiting).toEqual({ flags: canonical([2]), other: canonical([1]) });
  });

  it('E05 there is no worker to ensure', async () => {
    expect(await ask(app, mode, { do: 'ensure' })).toEqual({
      error: 'RuntimeException',
      message: expect.stringContaining("no background worker configured for name 'flags'"),
    });
  });

  it('E05 C02 not even by a catch-all', async () => {
    const workers = [
      { file: `${root}/worker.php`, num: 1 },
      { file: `${root}/worker.php`, background: true },
    ];
    await using scope = await php.createScope({ name: `catch-all ${mode}`, root, workers, jsVars: ['flags'] });
    expect(await ask(scope, mode, { do: 'ensure' })).toMatchObject({ error: 'RuntimeException' });
    expect(await ask(scope, mode, { do: 'all', timeout: '0.05' })).toMatchObject({ error: 'RuntimeException' });
    await expect(scope.ensure('flags')).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
    expect(php.status().threads.filter(({ kind }) => kind === 'background')).toEqual([]);
  });

  it('V10 a read costs nothing, whatever the size', async () => {
    await using scope = await fresh();
    scope.vars('other').publish({});
    scope.vars('flags').publish(Array.from({ length: 20_000 }, (_, index) => `entry number ${index}`));
    expect(await ask(scope, mode, { do: 'cost' })).toEqual({ bytes: 0, count: 20_000 });
  });

  it('V03 V09 sees each publish within a request, and keeps what it has read', async () => {
    await using scope = await fresh();
    const vars = scope.vars('flags');
    const make = (count: number, end = false) => ({
      count,
      end,
      list: new Array(50).fill(count),
      text: `turn ${count}`,
    });
    vars.publish(make(0));
    const response = await scope.fetch(new Request(`http://localhost/${mode}.php?do=watch`));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value!;
    for (let count = 1; count <= 500; count++) {
      vars.publish(make(count, count === 500));
      if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    expect(text).toBe(`reading\n${JSON.stringify({ wrong: 0, last: 500 })}`);
  });

  it('V15 an enum case that PHP does not have is a LogicException there', async () => {
    await using scope = await fresh();
    scope.vars('flags').publish({ suit: new EnumCase('Suit', 'Clubs') });
    expect(await ask(scope, mode, { do: 'all' })).toEqual({
      error: 'LogicException',
      message: expect.stringContaining('Suit::Clubs'),
    });
  });
});

describe('J01 handle', () => {
  it('is undefined before, then counts what changes', async () => {
    await using scope = await fresh();
    const vars = scope.vars('flags');
    expect([vars.current, vars.version]).toEqual([undefined, 0]);
    vars.publish({ a: 1 });
    const { current } = vars;
    expect([{ ...(current as object) }, vars.version]).toEqual([{ a: 1 }, 1]);
    vars.publish({ a: 2 });
    expect([vars.current === current, vars.version]).toEqual([false, 2]);
    expect({ ...(vars.current as object) }).toEqual({ a: 2 });
  });

  it('V05 publishing the same again changes nothing, to the last bit', async () => {
    await using scope = await fresh();
    const vars = scope.vars('flags');
    const make = () => ({
      nan: Number.NaN,
      zero: -0,
      list: [1, { a: 'b' }],
      map: new Map([[3, 'c']]),
      suit: new EnumCase('Suit', 'Hearts'),
    });
    vars.publish(make());
    const { current } = vars;
    for (let time = 0; time < 3; time++) vars.publish(make());
    expect([vars.version, vars.current === current]).toEqual([1, true]);
    const others = [
      { ...make(), zero: 0 },
      { ...make(), nan: 1.5 },
      {
        zero: -0,
        nan: Number.NaN,
        list: [1, { a: 'b' }],
        map: new Map([[3, 'c']]),
        suit: new EnumCase('Suit', 'Hearts'),
      },
      { ...make(), suit: new EnumCase('Suit', 'Spades') },
      { ...make(), map: new Map([[4, 'c']]) },
    ];
    for (const [index, other] of others.entries()) {
      vars.publish(other);
      expect(vars.version).toBe(index + 2);
    }
  });

  it('ready() waits for the first publish', async () => {
    await using scope = await fresh();
    const vars = scope.vars('flags');
    await expect(vars.ready({ timeout: 50 })).rejects.toMatchObject({ code: 'ERR_SIDEKICK_TIMEOUT' });
    const ready = vars.ready({ timeout: 20_000 });
    vars.publish({});
    await ready;
    await vars.ready();
  });

  it('iterates over publishes, the latest wins', async () => {
    const scope = await fresh();
    const vars = scope.vars<{ readonly n: number }>('flags');
    const seen: number[] = [];
    vars.publish({ n: 0 });
    for await (const { n } of vars) {
      seen.push(n);
      if (n === 6) await scope.close();
      else for (const next of [n + 1, n + 2]) vars.publish({ n: next });
    }
    expect(seen).toEqual([0, 2, 4, 6]);
  });

  it('J02 reading an unchanged value makes no native call', async () => {
    await using scope = await fresh();
    const { binding } = await import('../lib/binding.js');
    const native = binding() as unknown as Record<string, (...args: unknown[]) => unknown>;
    const originals = { ...native };
    const calls: string[] = [];
    try {
      for (const [name, call] of Object.entries(originals)) {
        native[name] = (...args) => {
          calls.push(name);
          return call(...args);
        };
      }
      const vars = scope.vars('flags');
      vars.publish({ a: 1 });
      const { current } = vars;
      calls.length = 0;
      for (let time = 0; time < 1000; time++)
        if (vars.current !== current || vars.version !== 1) throw new Error('changed');
      expect(calls).toEqual([]);
      vars.publish({ a: 2 });
      for (let time = 0; time < 1000; time++) vars.current;
      expect(calls.filter((name) => name === 'readSlot')).toEqual(['readSlot']);
    } finally {
      Object.assign(native, originals);
    }
  });

  it('cannot publish once the scope is closed', async () => {
    const scope = await fresh();
    const vars = scope.vars('flags');
    vars.publish({ a: 1 });
    await scope.close();
    expect(() => vars.publish({ a: 2 })).toThrow(expect.objectContaining({ code: 'ERR_SIDEKICK_STOPPED' }));
    expect(vars.version).toBe(1);
  });
});

describe('J03 what PHP cannot have is refused, and the last value stays', () => {
  const cycle: Record<string, unknown> = { a: { b: [] } };
  (cycle['a'] as { b: unknown[] }).b.push(0, cycle);
  const deep = (levels: number): unknown[] => (levels === 1 ? [] : [deep(levels - 1)]);
  class Point {
    x = 1;
  }
  class Words extends Array<string> {}
  class Table extends Map<string, string> {}
  const refused: Record<string, [value: unknown, path: string, what: string]> = {
    'null as the root': [null, '', 'the root must be an object'],
    'a string as the root': ['text', '', 'not a string'],
    'bytes as the root': [Uint8Array.of(1), '', 'the root must be'],
    'an enum case as the root': [new EnumCase('Suit', 'Hearts'), '', 'the root must be'],
    undefined: [{ features: { beta: [1, 2, 3, undefined] } }, 'features.beta[3]', 'undefined'],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tested
    'a hole': [[1, , 3], '[1]', 'undefined'],
    'a function': [{ a: [() => 1] }, 'a[0]', 'a function'],
    'a symbol': [{ a: Symbol('s') }, 'a', 'a symbol'],
    'a symbol as a key': [{ a: { [Symbol('s')]: 1 } }, 'a', 'a symbol as a key'],
    'an instance of a class': [{ a: { b: new Point() } }, 'a.b', 'an instance of Point'],
    'an array of a class': [{ a: new Words('b') }, 'a', 'class'],
    'a Map of a class': [{ a: new Table() }, 'a', 'an instance of Table'],
    'an object with a plain prototype': [{ a: Object.create({ b: 1 }) }, 'a', 'an instance of Object'],
    'a date': [{ a: new Date(0) }, 'a', 'an instance of Date'],
    'a date without its prototype': [{ a: Object.setPrototypeOf(new Date(0), null) }, 'a', 'not plain'],
    'a Set': [{ a: new Set([1]) }, 'a', 'an instance of Set'],
    'an error': [{ a: new Error('e') }, 'a', 'an instance of Error'],
    'a promise': [{ a: Promise.resolve() }, 'a', 'an instance of Promise'],
    'another typed array': [{ a: Float64Array.of(1) }, 'a', 'an instance of Float64Array'],
    'an ArrayBuffer': [{ a: new ArrayBuffer(1) }, 'a', 'an instance of ArrayBuffer'],
    'a boxed string': [{ a: new String('s') }, 'a', 'an instance of String'],
    'a lone surrogate': [{ a: 'x\ud800' }, 'a', 'a lone surrogate'],
    'a lone surrogate in a key': [{ a: { 'x\udc00': 1 } }, 'a.x\udc00', 'a lone surrogate'],
    'an enum case without names': [{ a: new EnumCase(1 as unknown as string, 'b') }, 'a', 'not strings'],
    'a value that holds itself': [cycle, 'a.b[1]', 'holds itself'],
    'a bigint above': [{ a: 2n ** 63n }, 'a', '64 bits'],
    'a bigint below': [{ a: -(2n ** 63n) - 1n }, 'a', '64 bits'],
    '257 levels': [deep(257), '[0]'.repeat(256).slice(0, 300).concat('…'), 'deeper than 256'],
    'a Map with keys of another type': [{ a: new Map([[{}, 1]]) }, 'a', 'an instance of Object as a key'],
    'a Map with a float as a key': [new Map([[1.5, 1]]), '', 'a number as a key'],
    'a Map with a large bigint as a key': [new Map([[2n ** 63n, 1]]), '[9223372036854775808]', '64 bits'],
    'a key twice: integer and string': [
      {
        a: new Map<unknown, number>([
          [5, 1],
          ['5', 2],
        ]),
      },
      'a.5',
      'the same key in PHP',
    ],
    'a key twice: bigint and number': [
      {
        a: new Map<unknown, number>([
          [5n, 1],
          [5, 2],
        ]),
      },
      'a[5]',
      'the same key in PHP',
    ],
    'a key twice: string and bytes': [
      {
        a: new Map<unknown, number>([
          ['é', 1],
          [Buffer.from('é'), 2],
        ]),
      },
      'a.Ã©',
      'the same key in PHP',
    ],
    'a key twice: bytes': [
      {
        a: new Map([
          [Uint8Array.of(255), 1],
          [Uint8Array.of(255), 2],
        ]),
      },
      'a.ÿ',
      'the same key in PHP',
    ],
    'more than maxSnapshotBytes in a string': [{ a: 'x'.repeat(LIMIT) }, '', 'maxSnapshotBytes'],
    'more than maxSnapshotBytes in bytes': [{ a: new Uint8Array(LIMIT) }, '', 'maxSnapshotBytes'],
    'more than maxSnapshotBytes in tables': [Array.from({ length: LIMIT / 64 }, () => [1]), '', 'maxSnapshotBytes'],
    'one large value many times': [bomb(), '', 'maxSnapshotBytes'],
  };

  it.each(Object.entries(refused))('%s', (_, [value, path, what]) => {
    flags.publish({ last: 'stays' });
    const { version, current } = flags;
    const error = caught(() => flags.publish(value as object));
    expect(error).toBeInstanceOf(SidekickError);
    expect(error).toMatchObject({ code: 'ERR_SIDEKICK_VALUE', path, message: expect.stringContaining(what) });
    expect([flags.version, flags.current]).toEqual([version, current]);
  });

  it('takes 256 levels, getters, and objects of another realm', () => {
    flags.publish(deep(256));
    expect(flags.current).toEqual(deep(256));
    flags.publish({
      get a() {
        return 1;
      },
    });
    expect({ ...(flags.current as object) }).toEqual({ a: 1 });
    flags.publish(runInNewContext('({ a: [1, new Map([[3, {}]])] })') as object);
    expect(canonical(flags.current)).toBe(canonical({ a: [1, new Map([[3, []]])] }));
  });

  it('passes on what a getter throws, and takes a publish from within one', () => {
    const mine = new Error('mine');
    const throws = {
      get a(): number {
        throw mine;
      },
    };
    expect(() => flags.publish({ throws })).toThrow(mine);
    const publishes = {
      first: 'outer',
      get second() {
        flags.publish({ inner: [1, 2, 3], text: 'inner' });
        return flags.current;
      },
      third: 'outer',
    };
    flags.publish(publishes);
    expect(canonical(flags.current)).toBe(
      canonical({ first: 'outer', second: { inner: [1, 2, 3], text: 'inner' }, third: 'outer' }),
    );
  });

  it('takes what a getter changed meanwhile for what it is then', () => {
    const list = [1, 2, 3];
    const shrinks = {
      get a() {
        list.length = 1;
        return 1;
      },
    };
    const error = caught(() => flags.publish({ list: [shrinks, list], late: [list] }));
    expect(error).toBeUndefined();
    const changes = [
      {
        get a() {
          changes.length = 1;
          return 1;
        },
      },
      2,
    ];
    expect(caught(() => flags.publish(changes))).toMatchObject({ code: 'ERR_SIDEKICK_VALUE', path: '[1]' });
  });
});

/** 30 arrays that come to 2^30. */
function bomb(): object {
  let value: object = ['x'];
  for (let level = 0; level < 30; level++) value = [value, value];
  return value;
}

function caught(call: () => void): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
