import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileWatch, parsePattern } from '../lib/file-watch.js';
import { Runtime, type Scope, type WorkerLife, type WorkerOptions } from '../lib/index.js';
import { DEFAULT_PATTERN } from '../lib/options/worker.js';
import { run } from './support/child.js';
import { Lines } from './support/loggers.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidekick-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const WORKER = `<?php
  $text = include __DIR__ . '/text.php';
  while (frankenphp_handle_request(static function () use ($text) { echo $text; })) {}`;
const BACKGROUND = `<?php
  frankenphp_set_vars(['text' => include __DIR__ . '/text.php']);
  while (fgets(frankenphp_get_worker_handle()) !== false) {}`;

describe('a worker with `watch`', () => {
  const lines = new Lines();
  let php: Runtime;
  let scope: Scope | undefined;
  beforeAll(async () => {
    php = await Runtime.start({ threads: 1, logger: lines });
  });
  afterEach(() => scope?.close());
  afterAll(() => php.stop());

  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  async function open(workers: readonly WorkerOptions[]): Promise<Scope> {
    put('worker.php', WORKER);
    put('background.php', BACKGROUND);
    put('text.php', `<?php return 'one';`);
    scope = await php.createScope({ root: folder, workers });
    return scope;
  }
  const worker = (watch: WorkerOptions['watch']): WorkerOptions => ({
    file: join(folder, 'worker.php'),
    name: 'http',
    num: 1,
    ...(watch === undefined ? {} : { watch }),
  });
  const background = (name: string | undefined, watch: WorkerOptions['watch']): WorkerOptions => ({
    file: join(folder, 'background.php'),
    background: true,
    ...(name === undefined ? {} : { name, num: 1 }),
    ...(watch === undefined ? {} : { watch }),
  });
  const answer = async () => (await scope!.fetch(new Request('http://localhost/worker.php'))).text();
  const textOf = (name: string) => scope!.vars<{ text: string }>(name).current?.text;
  const generations = () =>
    Object.fromEntries(php.status().threads.map(({ worker: name, generation }) => [name, generation]));

  it('C10 is restarted when a file changes, of both kinds; others are not', async () => {
    await open([worker(folder), background('a', `${folder}/*.php`), background('b', undefined)]);
    await scope!.vars('a').ready();
    expect([await answer(), textOf('a')]).toEqual(['one', 'one']);
    put('text.php', `<?php return 'two';`);
    await expect.poll(answer).toBe('two');
    await expect.poll(() => textOf('a')).toBe('two');
    expect(generations()['b']).toBe(1);
    expect(lines.of(`text.php has changed, it is restarted`).map(({ message }) => message.slice(0, 10))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^worker 'h/), expect.stringMatching(/^worker 'a/)]),
    );
  });

  it('C10 of a catch-all, every name that it hosts is', async () => {
    await open([background(undefined, `${folder}/text.php`)]);
    await Promise.all(['x', 'y'].map((name) => scope!.vars(name).ready()));
    put('text.php', `<?php return 'two';`);
    await expect.poll(() => [textOf('x'), textOf('y')]).toEqual(['two', 'two']);
  });

  it('C10 many files at once are one restart; a file made, replaced or removed counts as well', async () => {
    await open([worker(`${folder}/**/*.{php,twig}`)]);
    const starts: WorkerLife[] = [];
    scope!.on('worker:start', (life) => starts.push(life));
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    for (let file = 0; file < 50; file++) put(`deep/er/${file}.twig`, 'text');
    await expect.poll(() => generations()['http']).toBe(2);
    put('new.txt', `<?php return 'two';`);
    renameSync(join(folder, 'new.txt'), join(folder, 'text.php'));
    await expect.poll(answer).toBe('two');
    expect(starts.length).toBe(2);
    unlinkSync(join(folder, 'deep/er/7.twig'));
    await expect.poll(() => generations()['http']).toBe(4);
  });

  it('C10 a change that breaks it is logged, the old code serves on, and the next change mends it', async () => {
    await open([worker(folder)]);
    put('text.php', `<?php throw new LogicException('half a sentence');`);
    await expect.poll(() => lines.of("worker 'http': its restart failed").length).toBe(1);
    expect(await answer()).toBe('one');
    put('text.php', `<?php return 'mended';`);
    await expect.poll(answer).toBe('mended');
  });

  it('C10 a change while it is restarted is not lost', async () => {
    await open([worker(folder)]);
    const crashed = new Promise((resolve) => scope!.once('worker:crash', resolve));
    put('text.php', '<?php exit(1);');
    await crashed;
    put('text.php', `<?php return 'two';`);
    await expect.poll(answer).toBe('two');
  });

  it.each([
    [1, 'must be an array of strings, not 1'],
    [[1], 'must be a string, not 1'],
    ['', 'must not hold an empty pattern'],
  ])('C08 watch: %j is refused', async (watch, message) => {
    await expect(open([worker(watch as never)])).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_CONFIG',
      message: expect.stringContaining(message),
    });
  });
});

describe('a pattern', () => {
  it.each([
    ['/app/**/*.php', '/app', ['/app/a.php', '/app/x/y/a.php'], ['/app/a.js', '/other/a.php']],
    ['/app/*.php', '/app', ['/app/a.php'], ['/app/x/a.php']],
    ['/app/**/*.{env,php}', '/app', ['/app/.env', '/app/x/prod.env', '/app/a.php'], ['/app/a.twig']],
    ['/app/x.php', '/app/x.php', ['/app/x.php'], ['/app/x.php/y']],
    ['/app/config/{a,b}/*.yml', '/app/config', ['/app/config/a/x.yml'], ['/app/config/c/x.yml']],
  ])('C10 %s', (pattern, base, matched, others) => {
    const parsed = parsePattern(pattern);
    expect(parsed.base).toBe(base);
    expect(matched.filter((path) => !parsed.matches(path))).toEqual([]);
    expect(others.filter((path) => parsed.matches(path))).toEqual([]);
  });

  it('C10 that is a folder means all that is in it', () => {
    const parsed = parsePattern(folder);
    expect(parsed.base).toBe(folder);
    expect(parsed.matches(join(folder, 'x/y.anything'))).toBe(true);
    expect(parsed.matches(`${folder}x`)).toBe(false);
  });

  it('C10 true stands for the files that FrankenPHP watches, below the working directory', () => {
    const { base, matches } = parsePattern(DEFAULT_PATTERN);
    expect(base).toBe(process.cwd());
    for (const name of ['.env', 'x/y.php', 'x.twig', 'x.yaml', 'x.yml']) {
      expect(matches(join(process.cwd(), name)), name).toBe(true);
    }
    expect(matches(join(process.cwd(), 'x.js'))).toBe(false);
  });
});

describe('FileWatch', () => {
  async function watching(patterns: string[]): Promise<{ watch: FileWatch; restarts: () => number }> {
    let restarts = 0;
    const watch = new FileWatch({
      label: 'worker',
      patterns,
      logger: new Lines(),
      restart: async () => {
        restarts++;
      },
    });
    await watch.ready;
    return { watch, restarts: () => restarts };
  }

  it('C10 passes over node_modules and .git, unless a pattern begins there', async () => {
    for (const name of ['node_modules/x', '.git', 'src']) mkdirSync(join(folder, name), { recursive: true });
    const all = await watching([folder]);
    const inside = await watching([`${folder}/node_modules/x/*.js`]);
    writeFileSync(join(folder, 'node_modules/x/a.js'), '');
    writeFileSync(join(folder, '.git/index'), '');
    await expect.poll(inside.restarts).toBe(1);
    expect(all.restarts()).toBe(0);
    writeFileSync(join(folder, 'src/a.js'), '');
    await expect.poll(all.restarts).toBe(1);
    await Promise.all([all.watch.close(), inside.watch.close()]);
  });

  it('C10 sees no more when it is closed', async () => {
    const one = await watching([folder]);
    const other = await watching([folder]);
    await one.watch.close();
    writeFileSync(join(folder, 'a.php'), '');
    await expect.poll(other.restarts).toBe(1);
    expect(one.restarts()).toBe(0);
    await other.watch.close();
  });
});

it('C10 an unref()ed runtime with a watching scope lets the process end', async () => {
  writeFileSync(join(folder, 'background.php'), BACKGROUND);
  writeFileSync(join(folder, 'text.php'), `<?php return 'one';`);
  expect(await run('watch-unref.mjs', [folder])).toMatchObject({ code: 0, stdout: 'watching\n' });
});
