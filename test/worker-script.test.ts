// What a worker's script finds: who it is, what functions there are, and that any file may be one.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('worker-script');
const bin = (name: string) => join(root, 'bin', name);
const lines = new Lines();
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: lines });
  app = await php.createScope({
    name: 'script',
    root,
    splitPath: ['.php', 'http'],
    workers: [
      { file: join(root, 'worker.php'), num: 1 },
      { file: bin('http'), num: 1, name: 'suffixless', env: { COLOUR: 'green' }, args: ['one', 'two words'] },
      { file: bin('console'), background: true, name: 'console', num: 1, args: ['cache:clear'] },
      { file: join(root, 'aliases.php'), background: true, name: 'aliases' },
      { file: join(root, 'other.php'), background: true, name: 'other' },
    ],
  });
});
afterAll(() => php.stop());

it('L07 a script needs no suffix, its first line for the shell is skipped, and it knows its path', () => {
  expect(app.vars('console').current).toEqual({
    file: bin('console'),
    line: 7, // the skipped line counts
    script: bin('console'),
    main: bin('console'),
    argv: [bin('console'), 'console', 'cache:clear'],
    output: 0,
  });
});

it('L07 what it prints is a line of the log with its name, and the line for the shell is not printed', async () => {
  const said = () => lines.all.filter(({ fields }) => fields['worker'] === 'console').map(({ message }) => message);
  await expect.poll(() => said().filter((line) => line.includes('said by'))).toEqual(['said by console']);
  expect(said().join()).not.toContain('env php');
});

it('L06 an HTTP worker knows in its boot who it is, and a request does not see it', async () => {
  const response = await app.fetch(new Request('http://localhost/bin/http?a+b'));
  expect(await response.json()).toEqual({
    boot: {
      server: {
        FRANKENPHP_WORKER: '1',
        FRANKENPHP_WORKER_NAME: 'suffixless',
        FRANKENPHP_WORKER_BACKGROUND: false,
        SCRIPT_FILENAME: bin('http'),
      },
      line: 10,
      colour: 'green',
      argv: [[bin('http'), 'suffixless', 'one', 'two words'], 4, true],
    },
    now: expect.not.arrayContaining(['FRANKENPHP_WORKER']),
    arguments: [],
  });
});

it('C10 an HTTP worker has its environment and its arguments, as a background worker has', async () => {
  const response = await app.fetch(new Request('http://localhost/bin/http'));
  const { boot } = (await response.json()) as { boot: { colour: string; argv: [string[], number, boolean] } };
  expect([boot.colour, boot.argv[0].slice(1)]).toEqual(['green', ['suffixless', 'one', 'two words']]);
});

const outside = Object.fromEntries(
  [
    'frankenphp_sidekick_should_stop',
    'frankenphp_sidekick_set_vars',
    'frankenphp_set_vars',
    'frankenphp_get_worker_handle',
    'frankenphp_worker_get_signaling_stream',
  ].map((name) => [name, 'RuntimeException']),
);

it.each(modes)(
  'E12 function_exists() finds the functions, and those for background workers are refused in %s mode',
  async (mode) => {
    expect(await ask(app, mode)).toEqual({ missing: [], outside });
  },
);

it('H06 the names of the first iteration do what the others do', async () => {
  await app.vars('aliases').ready();
  expect(app.vars('aliases').current).toEqual({
    missing: [],
    stop: false,
    other: { published: { by: 'other' } },
    same: true,
    several: ['other'],
  });
});

it('H06 frankenphp_sidekick_should_stop() is true once the worker must stop', async () => {
  const workers = ['aliases', 'other'].map((name) => ({ file: join(root, `${name}.php`), name, background: true }));
  const scope = await php.createScope({ name: 'stops', root, workers });
  await scope.vars('aliases').ready();
  await scope.close();
  expect(lines.of('aliases: should stop').map(({ message }) => message)).toEqual([
    expect.stringContaining('should stop [true,false]'),
  ]);
});
