import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('worker-argv');
let php: Runtime;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
});
afterAll(() => php.stop());

it.each([
  ['server', "in $_SERVER['argv'] and $_SERVER['argc']"],
  ['alone', 'in $argv and $argc, in a script that names no superglobal'],
  ['included', 'in $argv, whatever an include names'],
])('L06 %s: a background worker finds its arguments %s', async (name) => {
  const file = join(root, `${name}.php`);
  const worker = { file, background: true, name, args: ['one', 'two words', ''] };
  await using scope = await php.createScope({ name, root, workers: [worker] });
  await scope.vars(name).ready({ timeout: 10_000 });
  expect(scope.vars(name).current).toMatchObject({ argv: [file, name, 'one', 'two words', ''], argc: 5 });
});
