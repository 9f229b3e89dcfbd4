import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-restart-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file that seems to be from `age` seconds ago: opcache does not take in what is younger than 2. */
function write(name: string, age: number, code: string): void {
  const file = join(folder, name);
  writeFileSync(file, `<?php\n${code}\n`);
  const time = Date.now() / 1000 - age;
  utimesSync(file, time, time);
}

/** All files at a version. */
function deploy(version: string, age: number): void {
  write('part.php', age, `return '${version}';`);
  write('classic.php', age, `echo '${version} ', include __DIR__ . '/part.php';`);
  write(
    'worker.php',
    age,
    `$part = include __DIR__ . '/part.php';
    while (frankenphp_handle_request(static function () use ($part) { echo '${version} ', $part; })) {}`,
  );
  write(
    'background.php',
    age,
    `frankenphp_set_vars(['version' => '${version} ' . include __DIR__ . '/part.php']);
    while (fgets(frankenphp_get_worker_handle()) !== false) {}`,
  );
}

const text = async (scope: Scope, path: string) => (await scope.fetch(new Request(`http://localhost/${path}`))).text();

describe.each([
  ['opcache looks at files once an hour', { 'opcache.revalidate_freq': 3600 }],
  ['opcache never looks at files', { 'opcache.validate_timestamps': 0 }],
  ['opcache is off', { 'opcache.enable': 0 }],
] as const)('%s', (_title, ini) => {
  let php: Runtime;
  let scope: Scope;
  beforeAll(async () => {
    deploy('one', 1000);
    php = await Runtime.start({ threads: 1, logger: silence, ini });
    scope = await php.createScope({
      root: folder,
      workers: [
        { file: join(folder, 'worker.php'), num: 2 },
        { file: join(folder, 'background.php'), background: true, name: 'a', num: 1 },
      ],
    });
    await scope.vars('a').ready();
  });
  afterAll(() => php.stop());

  it('L03 after a restart, scripts run as their files are now', async () => {
    const versions = async () => [
      await text(scope, 'classic.php'),
      await text(scope, 'worker.php'),
      scope.vars<{ version: string }>('a').current!.version,
    ];
    expect(await versions()).toEqual(Array(3).fill('one one'));
    deploy('two', 100);
    // What the restart is for; without opcache, a classic script is always as its file is.
    expect(await versions()).toEqual([
      ini['opcache.enable' as never] === 0 ? 'two two' : 'one one',
      'one one',
      'one one',
    ]);
    await scope.restart();
    expect(await versions()).toEqual(Array(3).fill('two two'));
    deploy('three', 10);
    await scope.restart();
    expect(await versions()).toEqual(Array(3).fill('three three'));
  });

  it('L03 code that does not boot fails the restart, and the old serves on', async () => {
    deploy('good', 8);
    await scope.restart();
    write('part.php', 6, "throw new LogicException('half a deployment');");
    await expect(scope.restart(join(folder, 'worker.php'))).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_BOOT_FAILED',
      attempts: 6,
      lastError: { message: expect.stringContaining('half a deployment') },
    });
    expect(await text(scope, 'worker.php')).toBe('good good');
    deploy('mended', 4);
    await scope.restart();
    expect(await text(scope, 'worker.php')).toBe('mended mended');
  });
});
