import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('children');
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  process.env['FROM_PROCESS'] = 'process';
  php = await Runtime.start({ threads: 1, logger: silence });
  app = await php.createScope({
    name: 'children',
    root,
    env: { FROM_SCOPE: 'scope' },
    workers: [{ file: join(root, 'worker.php'), num: 1 }],
  });
});
afterAll(() => php.stop());

// PHP's threads leave signals to Node's; their children must not inherit that (php-src-patches/*/0007-children.patch); nor is
// the environment that they are to have the process's (0008-child-environment.patch).
it.each(modes)(
  'W08 children of a script in %s mode run with its environment, tell their end, and can be ended by a signal',
  async (mode) => {
    expect(await ask(app, mode)).toEqual({
      environments: ['put/scope/process/', 'put/scope/process/', 'given///'],
      exec: [['one', 'two'], 3],
      passthru: ['a\0b', 0],
      popen: ['written', 0],
      missing: null,
      masks: ['SigBlk:\t0000000000000000', 'SigBlk:\t0000000000000000', 0],
      terminated: [true, 15],
    });
  },
);
