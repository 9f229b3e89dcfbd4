import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumCase, type PhpKey, type PhpValue, Runtime, type Scope, SidekickError } from '../lib/index.js';

const root = fileURLToPath(new URL('php/vars', import.meta.url));
const file = `${root}/publisher.php`;
const background = (name: string, kind: string, num = 0) => ({ file, background: true, name, num, args: [kind] });
const silence = { debug() {}, info() {}, warn() {}, error() {} };

let php: Runtime;
let app: Scope;

beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: silence });
  app = await php.createScope({
    name: 'vars',
    root,
    workers: [
      background('values', 'values', 1),
      background('counter', 'counter', 1),
      background('layouts', 'layouts'),
      background('lazy', 'once'),
      background('silent', 'silent'),
      { ...background('failing', 'fails'), maxConsecutiveFailures: 2 },
    ],
  });
});
afterAll(() => php.stop());

describe('J01 scope.vars()', () => {
  it('is undefined before the first publish, and a read starts nothing', () => {
    const lazy = app.vars('lazy');
    expect([lazy.current, lazy.version]).toEqual([undefined, 0]);
    expect(php.status().threads.filter(({ worker }) => worker === 'lazy')).toEqual([]);
  });

  it('ready() starts the worker and waits for its first publish', async () => {
    const lazy = app.vars<{ readonly name: string; readonly argv: readonly string[] }>('lazy');
    await lazy.ready({ timeout: 10_000 });
    expect(lazy.current).toMatchObject({ name: 'lazy', argv: [file, 'lazy', 'once'] });
    expect(lazy.version).toBe(1);
  });

  it('gives the same frozen object until a publish', async () => {
    const values = app.vars('values');
    await values.ready();
    expect(values.current).toBe(values.current);
    expect(Object.isFrozen(values.current)).toBe(true);
    expect(app.vars('values')).toBe(values);
  });

  it('J03 maps every kind of value', async () => {
    const values = app.vars<Record<string, PhpValue>>('values');
    await values.ready();
    const { map, suit, bytes, nested, ...rest } = values.current!;
    expect({ ...rest }).toEqual({
      null: null,
      true: true,
      int: -7,
      big: 2n ** 63n - 1n,
      float: 1.5,
      nan: Number.NaN,
      text: 'häß 🙂',
      empty: '',
      list: [1, [2, []]],
    });
    expect([...(map as ReadonlyMap<unknown, unknown>)]).toEqual([
      [3, 'c'],
      ['k', 'v'],
    ]);
    expect(suit).toEqual(new EnumCase('Suit', 'Hearts'));
    expect([...(bytes as Uint8Array)]).toEqual([255, 0]);
    expect(JSON.stringify(nested)).toBe('{"a":{"__proto__":1}}');
  });

  it('J03 maps arrays by their keys, however PHP has them in memory', async () => {
    const layouts = app.vars<Record<string, PhpValue>>('layouts');
    await layouts.ready();
    const entries = Object.entries(layouts.current!).map(([name, value]) => [
      name,
      value instanceof Map ? { map: [...(value as ReadonlyMap<PhpKey, PhpValue>)] } : value,
    ]);
    expect(Object.fromEntries(entries)).toEqual({
      hole: {
        map: [
          [0, 1],
          [2, 3],
        ],
      },
      first: {
        map: [
          [1, 2],
          [2, 3],
        ],
      },
      last: [1, 2],
      emptied: [],
      names: { a: 1, c: 3 },
      none: [],
      unordered: {
        map: [
          [1, 'b'],
          [0, 'a'],
        ],
      },
      sorted: ['a', 'b'],
      hash: [5, 6],
      bytes: {
        map: [
          [Uint8Array.of(255), 1],
          ['a', 2],
        ],
      },
      negative: {
        map: [
          [-5, 'a'],
          [7, 'b'],
        ],
      },
      floats: [0, -0, 1e100],
      ints: [1, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, 2n ** 53n, -(2n ** 63n)],
    });
  });

  it('iterates over publishes, the latest wins', async () => {
    const counter = app.vars<{ readonly count: number }>('counter');
    const seen: number[] = [];
    for await (const { count } of counter) {
      seen.push(count);
      if (seen.length === 5) break;
      if (seen.length === 2) {
        const busySince = counter.version; // a slow reader: five publishes pass meanwhile
        while (counter.version < busySince + 5) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(5);
    expect(seen[2]! - seen[1]!).toBeGreaterThan(2);
  });

  it('reads what PHP reads', async () => {
    const response = await app.fetch(new Request('http://localhost/?name=lazy'));
    expect(await response.json()).toEqual(app.vars('lazy').current);
  });

  it('C02 refuses a name that is not declared when there is no catch-all', async () => {
    expect(() => app.vars('nobody')).toThrow("no background worker configured for name 'nobody'");
    await expect(app.ensure('nobody')).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
  });

  it('ready() ends by its timeout, saying what is missing', async () => {
    const error = await app
      .vars('silent')
      .ready({ timeout: 200 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SidekickError);
    expect(error).toMatchObject({ code: 'ERR_SIDEKICK_TIMEOUT', message: expect.stringContaining('silent') });
  });

  it('J09 ready() ends by its signal, with its reason', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.any([AbortSignal.abort(reason)]);
    await expect(app.vars('silent').ready({ signal })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = app.vars('silent').ready({ signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('E08 a worker that does not boot is reported with attempts, status and the last error', async () => {
    const error = await app.ensure('failing', { timeout: 10_000 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_SIDEKICK_BOOT_FAILED',
      attempts: 2,
      exitStatus: 255,
      lastError: { message: expect.stringContaining('no settings'), file },
    });
    expect((error as Error).message).toContain('failing');
  });

  it('iteration ends when the scope is closed', async () => {
    const other = await php.createScope({ name: 'closing', root, workers: [background('once', 'once', 1)] });
    const turns: PhpValue[] = [];
    for await (const value of other.vars('once')) {
      turns.push(value);
      setImmediate(() => void other.close());
    }
    expect(turns.length).toBe(1);
    await other.close();
  });
});
