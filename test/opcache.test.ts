import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { ask, fixture, modes } from './support/modes.js';

const root = fixture('opcache');
let php: Runtime;
let app: Scope;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-opcache-'));
  php = await Runtime.start({ threads: 4 });
  app = await php.createScope({ name: 'opcache', root, workers: [{ file: join(root, 'worker.php'), num: 4 }] });
});
afterAll(async () => {
  await php.stop();
  await rm(folder, { recursive: true });
});

interface Look {
  readonly sapi: string;
  readonly loaded: boolean;
  readonly enabled: boolean;
  readonly hits: number;
  readonly misses: number;
  readonly included: boolean;
  readonly cached: boolean;
  readonly value: string;
}

/** Requests until each of the four threads of a kind has served one. */
async function askAllThreads(mode: string): Promise<Look[]> {
  const kind = mode === 'classic' ? 'classic' : 'http';
  const looks: Look[] = [];
  const served = () => php.status().threads.filter((thread) => thread.kind === kind && thread.requests > 0).length;
  do looks.push(...(await Promise.all(Array.from({ length: 16 }, () => ask<Look>(app, mode)))));
  while (served() < 4);
  return looks;
}

// Traps 1 and 2: without the engine's symbols, or under an unknown SAPI name, opcache stays off and says nothing.
describe('opcache', () => {
  it.each(modes)('is on and known as FrankenPHP in %s mode, on every thread', async (mode) => {
    for (const look of await askAllThreads(mode)) {
      expect(look).toMatchObject({ sapi: 'frankenphp', loaded: true, enabled: true, value: 'included' });
    }
  });

  it('keeps scripts over requests and threads: all hits, no misses', async () => {
    await askAllThreads('classic');
    const before = await ask<Look>(app, 'classic');
    await askAllThreads('classic');
    const after = await ask<Look>(app, 'classic');
    expect(after).toMatchObject({ included: true, cached: true, misses: before.misses });
    expect(after.hits).toBeGreaterThanOrEqual(before.hits + 16);
  });

  // Trap 4 without restarts: those are a matter of their own.
  it('takes up a changed file on every thread after opcache_invalidate()', async () => {
    const file = join(folder, 'changing.php');
    for (let version = 1; version <= 25; version++) {
      await writeFile(file, `<?php\nreturn ['version' => ${version}, 'text' => '${'x'.repeat(version * 50)}'];\n`);
      for (const mode of modes) await ask(app, mode, { do: 'invalidate', file });
      const read = modes.flatMap((mode) => Array(8).fill(mode) as string[]);
      const answers = await Promise.all(
        read.map((mode) => ask<{ version: number; text: string }>(app, mode, { do: 'include', file })),
      );
      expect(new Set(answers.map((answer) => answer.version))).toEqual(new Set([version]));
      expect(answers.every(({ text }) => text.length === version * 50)).toBe(true);
    }
  });

  it('survives invalidation while other threads include the file', async () => {
    const file = join(folder, 'contended.php');
    await writeFile(file, "<?php\nreturn ['whole' => str_repeat('y', 100)];\n");
    const asked = Array.from({ length: 400 }, (_, turn) =>
      turn % 5 === 0
        ? ask(app, modes[turn % 2]!, { do: 'invalidate', file })
        : ask<{ whole: string }>(app, modes[turn % 2]!, { do: 'include', file }).then(({ whole }) => whole.length),
    );
    const answers = await Promise.all(asked);
    expect(new Set(answers)).toEqual(new Set([true, 100]));
  });
});
