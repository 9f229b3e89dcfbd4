import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('shared-vars');
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
  const known = { file: join(root, 'silent.php'), background: true, name: 'known' };
  app = await php.createScope({ name: 'unknown', root, workers: [{ file: join(root, 'worker.php'), num: 1 }, known] });
});
afterAll(() => php.stop());

it.each(modes.flatMap((mode) => ['ensure', 'get'].map((call) => [mode, call] as const)))(
  'E03 all names are checked before anything starts: one unknown starts none (%s mode, %s)',
  async (mode, call) => {
    const answer = await ask(app, mode, { do: call, names: '["known","nobody"]', timeout: '5' });
    expect(answer).toEqual({ error: 'RuntimeException', message: expect.stringContaining("for name 'nobody'") });
    expect(php.status().threads.filter(({ worker }) => worker === 'known')).toEqual([]);
  },
);

it('E03 scope.ensure() likewise', async () => {
  await expect(app.ensure(['known', 'nobody'])).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
  expect(php.status().threads.filter(({ worker }) => worker === 'known')).toEqual([]);
});
