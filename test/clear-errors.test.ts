import { chmod, copyFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkHost } from '../lib/binding.js';
import { Runtime, SidekickError } from '../lib/index.js';
import { run } from './support/child.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const addon = (createRequire(import.meta.url)('node-gyp-build') as { path(dir: string): string }).path(packageRoot);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-clear-errors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What Runtime.start() says in a process of its own, in a copy of the package that has these native files. */
async function startCopy(name: string, files: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  const copy = join(folder, name);
  await mkdir(join(copy, 'build/Release'), { recursive: true });
  await cp(join(packageRoot, 'dist'), join(copy, 'dist'), { recursive: true });
  await writeFile(join(copy, 'package.json'), '{"type":"module"}');
  await symlink(join(packageRoot, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, source] of Object.entries(files)) {
    if (source.startsWith('/')) await copyFile(source, join(copy, 'build/Release', file));
    else await writeFile(join(copy, 'build/Release', file), source);
  }
  // PHP_SIDEKICK_PREBUILD would lead elsewhere.
  const end = await run('start.mjs', [copy], { env: { PHP_SIDEKICK_PREBUILD: '', ...env } });
  expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
  return JSON.parse(end.stdout) as { started?: string; code?: string; message: string };
}

describe('a clear error that says what to do, when', () => {
  it('libphp is missing', async () => {
    const said = await startCopy('no-libphp', { 'php_sidekick.node': addon });
    expect(said).toMatchObject({ name: 'SidekickError', code: 'ERR_SIDEKICK_NATIVE' });
    expect(said.message).toMatch(/libphp\.so is missing beside .*no-libphp.*: reinstall php-sidekick/);
  });

  it('libphp is cut short, as by a full disk', async () => {
    const said = await startCopy('cut', { 'php_sidekick.node': addon, 'libphp.so': 'cut short' });
    expect(said).toMatchObject({ code: 'ERR_SIDEKICK_NATIVE' });
    expect(said.message).toMatch(/cannot be loaded \(.*libphp\.so.*\): reinstall php-sidekick/);
  });

  it('the addon is missing', async () => {
    const said = await startCopy('no-addon', {});
    expect(said).toMatchObject({ code: 'ERR_SIDEKICK_NATIVE' });
    expect(said.message).toMatch(/addon .* is missing: reinstall php-sidekick/);
  });

  it('nothing is missing: the copy runs', async () => {
    const files = { 'php_sidekick.node': addon, 'libphp.so': join(dirname(addon), 'libphp.so') };
    expect(await startCopy('whole', files)).toEqual({ started: expect.stringMatching(/^8\./) });
  });

  it('Node is too old', async () => {
    const nodeOptions = ['--import', join(packageRoot, 'test/programs/other-node.mjs')];
    const end = await run('start.mjs', [packageRoot], { nodeOptions, env: { SIDEKICK_TEST_NODE: '20.8.1' } });
    expect(JSON.parse(end.stdout)).toMatchObject({
      code: 'ERR_SIDEKICK_NATIVE',
      message: 'php-sidekick needs Node.js 20.9 or later, this is 20.8.1: upgrade Node.js',
    });
  });

  const good = { platform: 'linux', arch: 'x64', nodeVersion: '20.9.0', glibc: true };
  it.each([
    [{ nodeVersion: '18.20.4' }, '18.20.4'],
    [{ nodeVersion: '20.8.9' }, '20.9 or later'],
    [{ platform: 'darwin', arch: 'arm64' }, 'darwin arm64'],
    [{ platform: 'win32' }, 'win32 x64'],
    [{ arch: 'ia32' }, 'linux ia32'],
    [{ glibc: false }, 'glibc'],
  ])('the machine is one with %j', (difference, text) => {
    const check = () => checkHost({ ...good, ...difference });
    expect(check).toThrow(SidekickError);
    expect(check).toThrow(text);
  });

  it.each(['20.9.0', '20.10.0', '22.0.0', '26.1.0'])('… and none with Node %s', (nodeVersion) => {
    expect(() => checkHost({ ...good, nodeVersion })).not.toThrow();
    expect(() => checkHost({ ...good, nodeVersion, arch: 'arm64' })).not.toThrow();
  });
});

it.each(['/nowhere/php.ini', packageRoot])('Runtime.start() refuses the iniFile %s, naming it', async (iniFile) => {
  const error = await Runtime.start({ iniFile }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ERR_SIDEKICK_CONFIG', message: expect.stringContaining(iniFile) });
});

describe('createScope() says which worker and why, when', () => {
  let php: Runtime;
  beforeAll(async () => {
    php = await Runtime.start({ threads: 1, logger: silence });
  });
  afterAll(() => php.stop());
  const root = fixture('install');
  const refusal = (worker: { file: string; name?: string; background?: boolean; maxConsecutiveFailures?: number }) =>
    php.createScope({ name: 'refused', root, workers: [{ num: 1, ...worker }] }).then(
      () => expect.fail('the scope was created'),
      (error: unknown) => error as SidekickError,
    );

  it('C08 the file is missing', async () => {
    const file = join(root, 'nowhere.php');
    const { code, message } = await refusal({ file, name: 'site' });
    expect([code, message]).toEqual([
      'ERR_SIDEKICK_CONFIG',
      `createScope(): workers[0] ('site'): file '${file}' is missing or cannot be read`,
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('C08 the file cannot be read', async () => {
    const file = join(folder, 'unreadable.php');
    await writeFile(file, '<?php');
    await chmod(file, 0);
    expect((await refusal({ file })).message).toContain('cannot be read');
  });

  it('C08 the file is a folder', async () => {
    expect((await refusal({ file: root })).message).toContain('is not a file');
  });

  it.each([
    ['a background worker', true],
    ['an HTTP worker', false],
  ])('%s has a syntax error: file, line and message', async (_what, background) => {
    const file = join(root, 'syntax.php');
    const error = await refusal({ file, name: 'broken', background, maxConsecutiveFailures: 2 });
    expect(error).toMatchObject({
      code: 'ERR_SIDEKICK_BOOT_FAILED',
      exitStatus: 255,
      lastError: { file, line: 4, message: expect.stringContaining('syntax error, unexpected token ";"') },
    });
    expect(error.message).toContain("'broken'");
    expect(error.message).toContain('syntax error, unexpected token ";"');
    expect(error.message).toContain(`${file}:4`);
    expect(php.status().threads.filter(({ kind }) => kind !== 'classic')).toEqual([]);
  });

  it('an HTTP worker ends without asking for a request', async () => {
    const error = await refusal({ file: join(root, 'no-loop.php'), name: 'no-loop', maxConsecutiveFailures: 2 });
    expect(error).toMatchObject({ code: 'ERR_SIDEKICK_BOOT_FAILED', exitStatus: 0, attempts: 2 });
    expect(error.message).toContain('frankenphp_handle_request()');
  });

  it('and the name is free again after it', async () => {
    const scope = await php.createScope({ name: 'refused', root });
    await scope.close();
  });
});
