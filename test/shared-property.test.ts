import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture, modes } from './support/modes.js';
import { Remote } from './support/remote.js';
import { isSanitized } from './support/variant.js';

// Random, unless the last run's seed is given: the trees are the same then.
const first = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 40));
const trees = isSanitized ? 300 : 2000;
const root = fixture('shared-property');

let php: Runtime;
let app: Scope;
let remote: Remote;

beforeAll(async () => {
  remote = await Remote.listen();
  php = await Runtime.start({ threads: 1, logger: silence });
  const background = (name: string) => ({ file: join(root, `${name}.php`), background: true, num: 1 });
  const workers = [
    { file: join(root, 'worker.php'), num: 1 },
    { ...background('publisher'), name: 'told' },
    { ...background('reader'), name: 'reader' },
  ];
  app = await php.createScope({ name: 'property', root, workers, env: { REMOTE: remote.path } });
});
afterAll(async () => {
  await php.stop();
  await remote.close();
});

async function published(seed: number): Promise<unknown> {
  return (await remote.call('told', 'publish', seed))?.result;
}

it('V16 random trees are read as they were published, in every kind of script', { timeout: 120_000 }, async () => {
  for (let seed = first; seed < first + trees; seed++) {
    const expected = await published(seed);
    const http = modes.map(async (mode) => (await app.fetch(new Request(`http://localhost/${mode}.php`))).text());
    const background = remote.call('reader', 'read').then((answer) => answer?.result);
    const seen = await Promise.all([...http, background]);
    expect(seen, `seed ${seed}: PROPERTY_SEED=${seed} repeats it`).toEqual([expected, expected, expected]);
    expect(() => app.vars('told').current, `seed ${seed}`).not.toThrow();
  }
});

it('V05 a random tree published again is the same version; another is the next one', async () => {
  const handle = app.vars('told');
  for (let seed = first; seed < first + 200; seed++) {
    await published(seed);
    const version = handle.version;
    await published(seed);
    expect(handle.version, `seed ${seed}: PROPERTY_SEED=${seed} repeats it`).toBe(version);
  }
});
