import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, fixture, modes } from './support/modes.js';
import { SharedVars } from './support/shared-vars.js';

const small = join(fixture('shared-vars'), 'small.php');
const silent = join(fixture('shared-vars'), 'silent.php');
const lazy = ['a', 'b', '7'].flatMap((name) => modes.map((mode) => `${mode} ${name}`));
let shared: SharedVars;

beforeAll(async () => {
  const publishes = (name: string, what: string, num = 0) => {
    return { file: small, background: true, name, num, env: { PUBLISH: what } };
  };
  shared = await SharedVars.start('shared-reads', () => [
    publishes('small', 'list', 1),
    publishes('megabytes', 'megabytes', 1),
    publishes('123', 'list', 1),
    ...lazy.map((name) => publishes(name, 'first')),
    ...modes.map((mode) => publishes(`${mode} untouched`, 'first')),
    { file: silent, background: true, name: 'silent' },
  ]);
});
afterAll(() => shared.stop());

interface Attempt {
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

describe.each(modes)('%s mode', (mode) => {
  const get = (names: unknown, timeout?: number | string) => {
    const query = { do: 'get', names: JSON.stringify(names) };
    return ask<Attempt>(shared.app, mode, timeout === undefined ? query : { ...query, timeout: String(timeout) });
  };
  const running = (worker: string) => shared.php.status().threads.filter((thread) => thread.worker === worker).length;

  it('V09 two reads with no publish in between are ===', async () => {
    for (const name of ['list', 'arrays', 'enums', 'first']) {
      await shared.tell('publish', name);
      expect(await ask(shared.app, mode, { do: 'identity' })).toEqual({ same: true, alias: true });
    }
  });

  it('V09 a publish is seen by the very next read, inside a long request too', async () => {
    await shared.tell('publish', 'first');
    const url = `http://localhost/${mode}.php?do=watch`;
    const response = await shared.app.fetch(new Request(url));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('\n')) text += Buffer.from((await reader.read()).value ?? []).toString();
    expect(text).toContain('reading');
    await shared.tell('publish', 'second');
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += Buffer.from(part.value).toString();
    expect(JSON.parse(text.split('\n')[1]!)).toEqual({ from: 'first', to: 'second', kept: true });
  });

  it('V10 a read is the snapshot itself: immutable, and of no memory of the reader', async () => {
    expect(await ask(shared.app, mode, { do: 'dump', name: 'small' })).toMatch(/^array\(3\) packed interned/);
    const cost = await ask<{ once: number; thousand: number }>(shared.app, mode, { do: 'cost', name: 'megabytes' });
    expect(cost.once).toBeLessThan(4096);
    expect(cost.thousand).toBeLessThan(4096);
  });

  it('V11 whatever a script does to what it has read, the next read is as published', async () => {
    await shared.tell('publish', 'mutable');
    const answers = await Promise.all(
      // More than there are threads: several change their arrays at the same time.
      Array.from({ length: 8 }, () =>
        ask<{ broken: unknown; changes: number; mine: unknown }>(shared.app, mode, { do: 'mutate', case: 'mutable' }),
      ),
    );
    for (const { broken, changes, mine } of answers) {
      expect(broken).toEqual([]);
      expect(changes).toBeGreaterThan(25);
      expect(mine).toEqual([3, 1, 2, 'mine']);
    }
    for (const other of modes) {
      const seen = await ask<{ difference: unknown }>(shared.app, other, { do: 'difference', case: 'mutable' });
      expect(seen.difference).toBe(null);
    }
  });

  it('V07 an unpublished name is started and waited for', async () => {
    const name = `${mode} a`;
    expect(running(name)).toBe(0);
    expect(await get(name)).toEqual({ result: { version: 'first', same: [1, 2] } });
    expect(running(name)).toBe(1);
  });

  it('V07 with 0.0 a published name is read; an unpublished one is a RuntimeException and is not started', async () => {
    const name = `${mode} untouched`;
    expect(await get('small', '0.0')).toEqual({ result: ['a', ['b'], 'c'] });
    expect(await get(name, '0.0')).toEqual({ error: 'RuntimeException', message: expect.stringContaining(name) });
    expect(running(name)).toBe(0);
  });

  it('V07 a name that does not publish in time is a RuntimeException naming it', async () => {
    expect(await get('silent', 0.05)).toEqual({
      error: 'RuntimeException',
      message: expect.stringContaining('silent'),
    });
  });

  it('V08 several names are started together and come as a map by name, in order', async () => {
    const names = [`${mode} b`, '123', 'small', `${mode} 7`];
    const answer = await get(names);
    const first = { version: 'first', same: [1, 2] };
    const list = ['a', ['b'], 'c'];
    expect(answer.result).toEqual({ [names[0]!]: first, 123: list, small: list, [names[3]!]: first });
  });

  it('V08 several names share one deadline', async () => {
    const started = performance.now();
    expect(await get(['small', 'silent'], 0.1)).toMatchObject({ error: 'RuntimeException' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it.each([
    ['V07', 'small', -1, 'ValueError'],
    ['V07', 'told', 'NAN', 'ValueError'],
    ['V08', [], undefined, 'ValueError'],
    ['V08', '', undefined, 'ValueError'],
    ['V08', ['small', ''], undefined, 'ValueError'],
    ['V08', 'nul\0byte', undefined, 'ValueError'],
    ['V08', ['small', 'small'], undefined, 'ValueError'],
    ['V08', ['small', 5], undefined, 'TypeError'],
    ['V08', ['small', ['told']], undefined, 'TypeError'],
    ['V08', 'nobody', undefined, 'RuntimeException'],
    ['V08', ['small', 'nobody'], undefined, 'RuntimeException'],
    ['V07', 'nobody', 0, 'RuntimeException'],
  ])('%s get_vars(%j, %j) throws a %s', async (_point, names, timeout, error) => {
    expect(await get(names, timeout)).toMatchObject({ error });
  });
});

describe('J01 JavaScript', () => {
  it('has the same object until a publish, then another', async () => {
    const told = shared.app.vars('told');
    await shared.tell('publish', 'first');
    const first = told.current;
    for (const mode of modes) await ask(shared.app, mode, { do: 'vars' });
    await shared.tell('publish', 'first');
    expect(told.current).toBe(first);
    await shared.tell('publish', 'second');
    expect(told.current).not.toBe(first);
    expect(first).toEqual({ version: 'first', same: [1, 2] });
    expect(told.current).toEqual({ version: 'second', same: [1, 2] });
    expect(told.current).toBe(told.current);
  });

  it('has what is frozen at every depth', async () => {
    await shared.tell('publish', 'mutable');
    const walk = (value: unknown): boolean =>
      value === null || typeof value !== 'object' || (Object.isFrozen(value) && Object.values(value).every(walk));
    expect(walk(shared.app.vars('told').current)).toBe(true);
  });
});
