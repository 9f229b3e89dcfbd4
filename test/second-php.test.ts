import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from './support/child.js';

const addon = (createRequire(import.meta.url)('node-gyp-build') as { path(dir: string): string }).path(
  fileURLToPath(new URL('..', import.meta.url)),
);
const libphp = join(dirname(addon), 'libphp.so');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-second-php-'));
});
afterAll(() => rm(folder, { recursive: true }));

// Trap 18.
it('refuses to start when another PHP lives in the process, and says so', async () => {
  const library = join(folder, 'other-php.so');
  const source = fileURLToPath(new URL('support/other-php.c', import.meta.url));
  await promisify(execFile)('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  const preload = process.env['LD_PRELOAD'] ? `${process.env['LD_PRELOAD']} ${library}` : library;
  const end = await run('second-php.mjs', [], { env: { LD_PRELOAD: preload, SIDEKICK_TEST_LIBPHP: libphp } });
  expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(end.stdout)).toEqual({
    code: 'ERR_SIDEKICK_NATIVE',
    message: expect.stringMatching(/another PHP \(SAPI 'other'\)/),
  });
});
