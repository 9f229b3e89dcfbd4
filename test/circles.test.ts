import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture } from './support/modes.js';

const root = fixture('circles');
let php: Runtime;
beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: silence });
});
afterAll(() => php.stop());

/** A scope whose workers wait for each other as `waits` says, by name. */
function scopeOf(name: string, how: 'vars' | 'ensure', waits: Record<string, readonly string[]>): Promise<Scope> {
  const workers = Object.entries(waits).map(([worker, names]) => ({
    file: join(root, 'worker.php'),
    background: true,
    name: worker,
    maxConsecutiveFailures: 2,
    env: { WAITS_FOR: JSON.stringify(names), HOW: how },
  }));
  return php.createScope({ name, root, workers });
}

it.each([
  ['vars', { a: ['b'], b: ['a'] }],
  ['ensure', { a: ['b'], b: ['a'] }],
  ['vars', { a: ['b'], b: ['c'], c: ['a'] }],
  ['vars', { a: ['fine', 'b'], b: ['fine', 'a'], fine: [] }],
  ['vars', { a: ['a'] }],
] as const)('V17 by %s, %o: whoever closes the circle throws, and nobody hangs', async (how, waits) => {
  const app = await scopeOf('circle', how, waits);
  const failure = await app
    .vars('a')
    .ready({ timeout: 20_000 })
    .then(
      () => undefined,
      (error: Error) => error,
    );
  expect(failure).toMatchObject({ code: 'ERR_SIDEKICK_BOOT_FAILED' });
  expect(`${failure}`).toContain('circle');
  const answer = await ask<{ error: string; message: string }>(app, 'classic', { name: 'a' });
  expect(answer).toMatchObject({ error: 'RuntimeException' });
  expect(answer.message).toContain('circle');
  await app.close();
});

it.each(['vars', 'ensure'] as const)('V17 by %s: waiting for one another without a circle is fine', async (how) => {
  const app = await scopeOf('chain', how, { a: ['b', 'c'], b: ['c', 'd'], c: ['d'], d: [] });
  await app.vars('a').ready({ timeout: 20_000 });
  expect(app.vars('a').current).toEqual({ 'waited for': ['b', 'c'] });
  await app.close();
});
