import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('ensure-arguments');
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
  const background = (file: string, names: readonly string[]) =>
    names.map((name) => ({ file: join(root, file), background: true, name }));
  app = await php.createScope({
    name: 'arguments',
    root,
    workers: [
      { file: join(root, 'worker.php'), num: 1 },
      ...background('pool.php', ['pool', 'other', 'right']),
      ...background('background.php', ['asks']),
    ],
  });
});
afterAll(() => php.stop());

const running = () => php.status().threads.flatMap(({ worker, kind }) => (kind === 'background' ? [worker] : []));
const allWrong = { wrong: [], tried: 2 * (2 * 24 + 2 * 7) };

it.each(modes)('E03 everything wrong is refused in %s mode, and nothing is started', async (mode) => {
  expect(await ask(app, mode, { do: 'wrong' })).toEqual(allWrong);
  expect(running()).not.toContain('pool');
  expect(running()).not.toContain('other');
});

it.each(modes)('E03 what is right is not, however it is given, in %s mode', async (mode) => {
  expect(await ask(app, mode, { do: 'right' })).toEqual([null]);
});

it('E06 likewise in a background worker', async () => {
  await app.vars('asks').ready();
  expect(app.vars('asks').current).toEqual({ wrong: allWrong, right: [null] });
  expect(running()).not.toContain('pool');
});

const names = "ensure(): a worker's name must be a filled string, not";
const milliseconds = 'ensure(): timeout must be milliseconds from 0 to 2147483647, not';
it.each([
  [[[]], 'ensure(): names must be a name or an array of names, not an array'],
  [[undefined], 'ensure(): names must be a name or an array of names, not undefined'],
  [[1], 'ensure(): names must be a name or an array of names, not 1'],
  [[{ 0: 'pool' }], 'ensure(): names must be a name or an array of names, not an object'],
  [[''], `${names} ''`],
  [[['pool', '']], `${names} ''`],
  [['po\0ol'], names],
  [[['pool', 1]], `${names} 1`],
  [[['pool', null]], `${names} null`],
  [[['pool', 'pool']], 'ensure(): a name is given twice'],
  [['pool', { timeout: -1 }], `${milliseconds} -1`],
  [['pool', { timeout: Number.NaN }], `${milliseconds} NaN`],
  [['pool', { timeout: '1' }], `${milliseconds} '1'`],
  [['pool', { timeout: 2 ** 31 }], `${milliseconds} 2147483648`],
])('E03 scope.ensure(...%j) is refused in one sentence, and nothing is started', async (args, message) => {
  const call = app.ensure.bind(app) as (...given: unknown[]) => Promise<void>;
  await expect(call(...args)).rejects.toMatchObject({
    code: 'ERR_SIDEKICK_CONFIG',
    message: expect.stringContaining(message),
  });
  expect(running()).not.toContain('pool');
});
