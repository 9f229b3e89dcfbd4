// V11, for one configuration of the process: does every write of test/php/shared-writes/writes.php, on several threads
// at the same time, to vars in pages that are read-only: a write to them ends the process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type RuntimeOptions, type Scope } from '../../lib/index.js';
import { silence } from './loggers.js';
import { ask, fixture, modes } from './modes.js';
import { Remote } from './remote.js';

const root = fixture('shared-writes');
const source = readFileSync(join(root, 'writes.php'), 'utf8');
const writes = [...source.matchAll(/^ {4}'([^']+)' => static function/gm)].map((match) => match[1]!);

/** Defines the tests. */
export function proveWrites(configuration: string, ini: RuntimeOptions['ini'] = {}): void {
  process.env['PHP_SIDEKICK_GUARD_SNAPSHOTS'] = '1'; // native/core/block.h
  let php: Runtime;
  let app: Scope;
  let remote: Remote;
  let seed = 100;

  beforeAll(async () => {
    remote = await Remote.listen();
    php = await Runtime.start({ threads: 2, logger: silence, ini });
    const publisher = { file: join(root, 'publisher.php'), background: true, name: 'told', num: 1 };
    const workers = [{ file: join(root, 'worker.php'), num: 2 }, publisher];
    app = await php.createScope({ name: 'writes', root, workers, env: { REMOTE: remote.path } });
  });
  afterAll(async () => {
    await php.stop();
    await remote.close();
  });

  describe(`V11 ${configuration}, a write is the writer's alone:`, () => {
    it.each(writes)('%s', async (write) => {
      expect(await remote.call('told', 'publish', ++seed)).toEqual({ result: null });
      const query = { write, seed: String(seed) };
      const answers = await Promise.all([...modes, ...modes].map((mode) => ask(app, mode, query)));
      expect(answers).toEqual([null, null, null, null]);
    });
  });
}
