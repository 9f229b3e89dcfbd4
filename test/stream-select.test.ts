import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { run } from './support/child.js';
import { Lines } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('stream-select');
const lines = new Lines();
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: lines });
  app = await php.createScope({ name: 'stream-select', root, workers: [{ file: join(root, 'worker.php'), num: 1 }] });
});
afterAll(() => php.stop());

const noArrays = 'ValueError: No stream arrays were passed';
const argument = (number: number, name: string) =>
  `ValueError: stream_select(): Argument #${number} ($${name}) must be`;

describe.each(modes)('H05 stream_select() in %s mode', (mode) => {
  it.each([
    ['readable', [1, ['a'], null, null]],
    ['writable', [2, null, ['b', 'c'], null]],
    ['both', [2, [0], ['w'], []]],
    ['nothing in time', [0, [], null, []]],
    ['buffered', [1, ['r'], [], null]],
    ['ended', [1, ['gone'], null, null]],
    ['by reference', [1, ['ref'], null, null]],
    ['no arrays', [noArrays, null, null, null]],
    ['empty arrays', [noArrays, [], [], null]],
    ['nothing to wait for', [noArrays, [0], null, null]],
    ['negative', [`${argument(4, 'seconds')} greater than or equal to 0`, [0], null, null]],
    ['negative microseconds', [`${argument(5, 'microseconds')} greater than or equal to 0`, [0], null, null]],
    [
      'microseconds without seconds',
      [`${argument(5, 'microseconds')} null when argument #4 ($seconds) is null`, [0], null, null],
    ],
    ['closed', ['TypeError: stream_select(): supplied resource is not a valid stream resource', [0], null, null]],
    ['not a stream', [expect.stringContaining('TypeError: '), [0], null, null]],
  ])("%s: behaves as PHP's own does", async (name, expected) => {
    expect(await ask(app, mode, { case: name })).toEqual(expected);
  });
});

it('H05 background workers wait, and stop, with thousands of descriptors open in the process', async () => {
  const end = await run('many-descriptors.mjs', [root, fixture('force')], { shell: 'ulimit -n 4096 && exec "$@"' });
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const said = new Map<string, unknown>();
  const messages: string[] = [];
  for (const line of end.stdout.trim().split('\n')) {
    const [what, value] = JSON.parse(line) as [string, unknown];
    if (value === undefined) messages.push(what);
    else said.set(what, value);
  }
  expect(said.get('highest')).toBeGreaterThan(2000);
  expect(said.get('selected')).toEqual([1, ['a'], null, null]);
  expect(said.get('abandoned')).toBe(0); // those that had to be forced
  expect(said.get('stopped')).toBeLessThan(2_000);
  expect(messages.filter((message) => message.includes('ends with [1,true]'))).toHaveLength(2);
});

it('H06 the signaling stream says "stop", then ends', async () => {
  const scope = await php.createScope({
    name: 'signaling',
    root,
    workers: [{ file: join(root, 'signaling.php'), name: 'signaled', background: true, num: 1 }],
  });
  expect(scope.vars('signaled').current).toEqual({ same: true });
  await scope.close();
  expect(lines.of('signals').map(({ message }) => message)).toEqual([
    expect.stringContaining('signals ["stop\\n",false,true]'),
  ]);
});
