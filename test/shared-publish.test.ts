import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, modes } from './support/modes.js';
import type { Answer } from './support/remote.js';
import { SharedVars } from './support/shared-vars.js';

let shared: SharedVars;
beforeAll(async () => {
  const vars = { maxSnapshotBytes: 32 * 1024 * 1024 };
  shared = await SharedVars.start('shared-publish', undefined, { vars });
});
afterAll(() => shared.stop());

const told = () => shared.app.vars('told');

describe('frankenphp_set_vars() refuses', () => {
  it.each([
    ['object', 'features.beta[3]', 'stdClass'],
    ['closure', 'call', 'Closure'],
    ['resource', '[0].list[7]', 'resource'],
    ['closed resource', 'stream', 'resource'],
    ['shared reference', 'a.b', 'reference'],
    ['root object', '[0]', 'ArrayObject'],
    ['odd key', '[-3]', 'stdClass'],
  ])('V01 %s: ValueError naming %s and the type; the old snapshot stays', async (name, path, type) => {
    await shared.tell('publish', 'list');
    const version = told().version;
    const answer = await shared.ask('refuse', name);
    expect(answer).toMatchObject({ error: 'ValueError' });
    expect(answer?.message).toContain(path);
    expect(answer?.message).toContain(type);
    expect(told().version).toBe(version);
    for (const mode of modes) {
      expect(await ask(shared.app, mode, { do: 'vars' })).toEqual({ result: ['a', ['b'], 'c'] });
    }
  });

  it.each([
    ['too deep', '256'],
    ['far too deep', '256'],
    ['cycle', '256'],
    ['too large', 'maxSnapshotBytes'],
  ])('V06 %s: ValueError holding %s; the old snapshot stays', async (name, text) => {
    await shared.tell('publish', 'list');
    const version = told().version;
    expect(await shared.ask('refuse', name)).toEqual({
      error: 'ValueError',
      message: expect.stringContaining(text),
    });
    expect([told().version, told().current]).toEqual([version, ['a', ['b'], 'c']]);
  });

  it('V01 what is no array: TypeError', async () => {
    expect(await shared.ask('not an array')).toMatchObject({ error: 'TypeError' });
  });

  it.each(modes)('V02 outside of a background worker: RuntimeException, in %s mode', async (mode) => {
    expect(await ask(shared.app, mode, { do: 'set' })).toMatchObject({ error: 'RuntimeException' });
  });

  it.each(modes)('H01 the worker handle outside of a background worker: RuntimeException, in %s mode', async (mode) => {
    expect(await ask(shared.app, mode, { do: 'handle' })).toMatchObject({ error: 'RuntimeException' });
  });
});

describe('V05 publishing', () => {
  it.each(['scalars', 'floats', 'strings', 'keys', 'arrays', 'empty', 'enums', 'deepest'])(
    '%s again changes nothing',
    async (name) => {
      await shared.tell('publish', name);
      const { version, current } = told();
      await shared.tell('publish', name);
      expect(told().version).toBe(version);
      expect(told().current).toBe(current);
    },
  );

  it('anything else, be it a bit, a type, the order of keys or the next index, is a new version', async () => {
    const count = (await shared.tell('variants')) as number;
    await shared.tell('publish', 'list');
    const first = told().version;
    for (let number = 0; number < count; number++) {
      for (let time = 0; time < 2; time++) await shared.tell('variant', number);
      expect(told().version, `variant ${number}`).toBe(first + 1 + number);
    }
  });
});

describe('V03 while a worker publishes as quickly as it can', () => {
  it('every reader sees whole versions in order, in both modes and from JavaScript', async () => {
    const versions = 3000;
    await shared.tell('publish', 'empty');
    const readers = [...modes, ...modes].map((mode) =>
      ask<{ mixed: number; backwards: number; last: number }>(shared.app, mode, {
        do: 'churn',
        until: String(versions),
      }),
    );
    const publishing = shared.tell('churn', versions);
    let last = 0;
    let mixed = 0;
    while (last < versions) {
      const vars = told().current as { n?: number; list?: readonly number[]; text?: string };
      if (vars.n !== undefined) {
        if (vars.text !== `turn ${vars.n}` || vars.list?.length !== 50 || vars.list.some((n) => n !== vars.n)) mixed++;
        if (vars.n < last) mixed++;
        last = vars.n;
      }
      await new Promise(setImmediate);
    }
    await publishing;
    expect(mixed).toBe(0);
    for (const seen of await Promise.all(readers)) {
      expect(seen).toEqual({ mixed: 0, backwards: 0, last: versions, read: true });
    }
  });
});

describe('V14 when the writer ends', () => {
  it.each(['crash', 'exit'])('by %s, readers have its last snapshot all the while', async (end) => {
    await shared.tell('publish', 'first');
    const { version, current } = told();
    const event = end === 'crash' ? 'worker:crash' : 'worker:exit';
    const ended = new Promise((resolve) => shared.app.once(event, resolve));
    expect(await shared.ask(end)).toBe(undefined);
    await ended;
    for (const mode of modes) {
      const answer = await ask<Answer>(shared.app, mode, { do: 'vars' });
      expect(answer).toEqual({ result: { version: 'first', same: [1, 2] } });
    }
    expect(told().current).toBe(current);
    await shared.remote.connected('told');
    expect(told().version).toBe(version);
    await shared.tell('publish', 'second');
    expect([told().version, (told().current as { version: string }).version]).toEqual([version + 1, 'second']);
  });
});
