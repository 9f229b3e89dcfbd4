import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const elsewhere = mkdtempSync(join(tmpdir(), 'sidekick-cli-'));
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

function cli(args: readonly string[], folder = dist, input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'cli.js'), ...args], {
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr };
}

it('shows its usage when asked', () => {
  const { status, stdout } = cli(['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('php-sidekick bench copy|http');
});

it('shows its usage, and fails, without a command', () => {
  expect(cli([])).toMatchObject({ status: 2, stdout: expect.stringContaining('usage: php-sidekick') });
});

it.each(['toString', 'lie'])('names a command that it does not know: %s', (name) => {
  expect(cli([name])).toMatchObject({ status: 2, stderr: expect.stringContaining(`unknown command '${name}'`) });
});

it('names the benchmarks there are', () => {
  expect(cli(['bench'])).toMatchObject({ status: 2, stderr: expect.stringContaining('There is: copy, http') });
  expect(cli(['bench', 'luck'])).toMatchObject({ status: 2, stderr: expect.stringContaining("no benchmark 'luck'") });
});

it('says where benchmarks come from when it runs from the npm package', () => {
  cpSync(dist, join(elsewhere, 'dist'), { recursive: true });
  writeFileSync(join(elsewhere, 'package.json'), '{ "type": "module" }');
  expect(cli(['bench', 'copy'], join(elsewhere, 'dist'))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('npm run bench:copy'),
  });
});
