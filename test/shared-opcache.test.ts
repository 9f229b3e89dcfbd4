import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';
import { Remote } from './support/remote.js';

const root = fixture('shared-opcache');
const folder = mkdtempSync(join(tmpdir(), 'php-sidekick-fill-'));
const lines = new Lines();
let php: Runtime;
let app: Scope;
let remote: Remote;

beforeAll(async () => {
  remote = await Remote.listen();
  php = await Runtime.start({
    threads: 2,
    logger: lines,
    ini: {
      'opcache.memory_consumption': 8,
      'opcache.interned_strings_buffer': 1,
      'opcache.max_wasted_percentage': 1,
      'opcache.file_update_protection': 0,
    },
  });
  const publisher = { file: join(root, 'publisher.php'), background: true, name: 'told', num: 1 };
  const env = { REMOTE: remote.path, FILL_FOLDER: folder };
  app = await php.createScope({
    name: 'opcache',
    root,
    env,
    workers: [{ file: join(root, 'worker.php'), num: 2 }, publisher],
  });
});
afterAll(async () => {
  await php.stop();
  await remote.close();
  rmSync(folder, { recursive: true });
});

describe.each(modes)('V13 vars made of literals stay right, in %s mode, whatever happens to opcache:', (mode) => {
  it.each(['nothing', 'reset', 'invalidate', 'fill', 'reset'])('%s', async (trouble) => {
    expect((await remote.call('told', 'publish'))?.error).toBe(undefined);
    const { current, version } = app.vars('told');
    for (let time = 0; time < 4; time++) {
      const all = [mode, ...modes].map((each) => ask(app, each, { do: each === mode ? trouble : 'nothing' }));
      const right = [true, true, true, true];
      expect(await Promise.all(all)).toEqual([right, right, right]);
      expect(await remote.call('told', 'read')).toEqual({ result: true });
      // The literals lie elsewhere by now, and are the same all the same.
      await remote.call('told', 'publish');
    }
    expect(app.vars('told').version).toBe(version);
    expect(app.vars('told').current).toBe(current);
  });
});

it('V13 opcache was full meanwhile', () => {
  expect(lines.of('opcache is full').length).toBeGreaterThan(0);
});
