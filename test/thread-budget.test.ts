import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('stream-select');
const waits = (name: string, num: number) => ({ file: join(root, 'background.php'), name, background: true, num });

it('C09 background workers take no thread from those that serve HTTP', async () => {
  await using php = await Runtime.start({ threads: 1, logger: silence });
  const app = await php.createScope({
    name: 'both',
    root,
    workers: [{ file: join(root, 'worker.php'), num: 1 }, waits('many', 6)],
  });
  const threads = php.status().threads.map(({ kind }) => kind);
  expect(threads.toSorted()).toEqual([...Array(6).fill('background'), 'classic', 'http']);
  for (const mode of ['classic', 'worker']) {
    const response = await app.fetch(new Request(`http://localhost/${mode}.php?case=writable`));
    expect(await response.json()).toEqual([2, null, ['b', 'c'], null]);
  }
});

it('C09 a scope with background workers only works', async () => {
  await using php = await Runtime.start({ threads: 1, logger: silence });
  const app = await php.createScope({ name: 'background-only', workers: [waits('one', 1)] });
  expect(app.vars('one').current).toEqual({ highest: expect.any(Number) });
});
