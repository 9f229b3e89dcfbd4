import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSanitized } from './support/variant.js';

const checkout = fileURLToPath(new URL('..', import.meta.url));
let elsewhere: string;

beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'php-sidekick-package-'));
});
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

// The package holds the release build, whatever build is under test.
it.skipIf(isSanitized)('the package installs elsewhere without a compiler and serves PHP', { timeout: 120_000 }, () => {
  const run = (command: string, args: string[], cwd: string) =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const tarball = join(checkout, run('bash', ['scripts/package'], checkout).trim());
  writeFileSync(join(elsewhere, 'package.json'), '{ "private": true, "type": "module" }');
  writeFileSync(join(elsewhere, 'hello.php'), '<?php echo "hello from ", PHP_SAPI, " ", ini_get("opcache.enable");');
  writeFileSync(
    join(elsewhere, 'hello.mjs'),
    `import { Runtime } from 'php-sidekick';
     const php = await Runtime.start({ threads: 1 });
     const app = await php.createScope({ name: 'hello', root: import.meta.dirname });
     console.log(await (await app.fetch(new Request('http://localhost/hello.php'))).text());
     await php.stop();`,
  );
  run('npm', ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--silent', tarball], elsewhere);
  expect(run(process.execPath, ['hello.mjs'], elsewhere)).toBe('hello from frankenphp 1\n');
});
