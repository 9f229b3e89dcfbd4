import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('shared-large');
const length = 64 * 1024 * 1024;
let php: Runtime;
let app: Scope;

beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence, ini: { memory_limit: '512M' } });
  const publisher = { file: join(root, 'publisher.php'), background: true, name: 'large', num: 1 };
  app = await php.createScope({
    name: 'large',
    root,
    workers: [{ file: join(root, 'worker.php'), num: 1 }, publisher],
  });
});
afterAll(() => php.stop());

it.each(modes)('V04 strings of 64 MiB are read byte for byte, in %s mode', async (mode) => {
  expect(await ask(app, mode)).toEqual([length, true, true, true, true]);
});

it('V05 strings of 64 MiB published again change nothing', async () => {
  const large = app.vars<{ readonly text: Uint8Array; readonly md5: string }>('large');
  await large.ready();
  const { text, md5 } = large.current!;
  expect([text.length, createHash('md5').update(text).digest('hex')]).toEqual([length, md5]);
  expect(large.version).toBe(1);
});
