import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture, modes } from './support/modes.js';

const root = fixture('fatal');
const ways = [
  'memory',
  'memory bit by bit',
  'stack of calls',
  'uncaught',
  'type error',
  'exit',
  'exit status',
  'fatal',
  'parse',
];

let php: Runtime;
let app: Scope;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-fatal-'));
  php = await Runtime.start({ threads: 1, logger: silence, ini: { display_errors: 0 } });
  app = await php.createScope({ name: 'fatal', root, workers: [{ file: join(root, 'worker.php'), num: 1 }] });
});
afterAll(async () => {
  await php.stop();
  await rm(folder, { recursive: true });
});

const get = async (mode: string, how: string) => {
  const response = await app.fetch(new Request(`http://localhost/${mode}.php?${new URLSearchParams({ how })}`));
  return { status: response.status, text: await response.text() };
};

describe.each(modes)('L08 in %s mode', (mode) => {
  it.each(ways)('%s: ends that request only', async (how) => {
    const others = [get(mode, 'not'), get(mode, 'not')];
    const { status, text } = await get(mode, how);
    if (how === 'exit') expect([status, text]).toEqual([200, 'left']);
    else expect(text).not.toContain('whole');
    for (const other of await Promise.all([...others, get(mode, 'not')])) {
      expect(other).toEqual({ status: 200, text: 'whole' });
    }
  });
});

it.each(ways)('L08 %s in a background worker: ends that run only', async (how) => {
  const worker = {
    file: join(root, 'background.php'),
    name: 'fails',
    background: true,
    env: { HOW: how, COUNT: join(folder, how) },
  };
  const scope = await php.createScope({ name: `fatal-${how}`, root, workers: [worker] });
  await scope.vars('fails').ready();
  expect(scope.vars('fails').current).toEqual({ runs: 2 });
  expect(await get('classic', 'not')).toEqual({ status: 200, text: 'whole' });
  await scope.close();
});
