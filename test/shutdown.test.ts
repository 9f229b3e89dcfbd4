import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('background');
const background = (name: string, arg: string) => ({
  file: join(root, 'worker.php'),
  background: true,
  name,
  args: [arg],
  maxConsecutiveFailures: -1,
});

it('L05 shutdown takes under 500 ms with every worker parked, and one that waits for its next try', async () => {
  const php = await Runtime.start({ threads: 4, logger: silence });
  const parked = Array.from({ length: 12 }, (_, at) => background(`parked-${at}`, at % 2 === 0 ? 'wait' : 'select'));
  const app = await php.createScope({
    name: 'shutdown',
    root,
    workers: [
      { file: join(fixture('stream-select'), 'worker.php'), num: 4 },
      ...parked.map((worker) => ({ ...worker, num: 1 })),
      background('failing', 'throw'),
    ],
  });
  await app.ensure('failing');
  const state = () => php.status().threads.find(({ worker }) => worker === 'failing')?.state;
  await expect.poll(state, { interval: 5 }).toBe('backoff');
  const started = performance.now();
  await php.stop();
  expect(performance.now() - started).toBeLessThan(500);
});
