import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { Runtime, type RuntimeOptions, type Scope } from '../lib/index.js';

const root = fileURLToPath(new URL('php/ini', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'php-sidekick-ini-'));
let php: Runtime;

async function start(options: RuntimeOptions): Promise<(...names: string[]) => Promise<unknown>> {
  php = await Runtime.start({ threads: 2, ...options });
  const app: Scope = await php.createScope({ name: 'ini', root });
  return async (...names) => {
    const response = await app.fetch(new Request(`http://localhost/settings.php?names=${names.join()}`));
    return response.json();
  };
}

afterEach(async () => {
  await php.stop();
  rmSync(join(folder, 'php.ini'), { force: true });
});

it('`ini` reaches the scripts of every thread', async () => {
  const settings = await start({ ini: { memory_limit: '99M', precision: 9, 'opcache.enable': false } });
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => settings('memory_limit', 'precision', 'opcache.enable')),
  );
  for (const answer of answers) expect(answer).toEqual({ memory_limit: '99M', precision: '9', 'opcache.enable': '0' });
});

it('values pass as they are, whatever characters they hold', async () => {
  const value = 'semi;colon "quoted" it\'s = 100% \\back\\slash !(a|b)&~^ # no comment';
  const settings = await start({ ini: { 'user.one': 'unknown to PHP', error_prepend_string: value } });
  expect(await settings('error_prepend_string')).toEqual({ error_prepend_string: value });
});

it('error levels may be given by their names', async () => {
  const settings = await start({
    ini: { error_reporting: 'E_ALL & ~E_DEPRECATED', error_prepend_string: 'E_ALL, or not' },
  });
  expect(await settings('error_reporting', 'error_prepend_string')).toEqual({
    error_reporting: expect.stringMatching(/^(22527|24575)$/), // 30719 of PHP 8.4, or 32767, without 8192
    error_prepend_string: 'E_ALL, or not',
  });
});

it('values may hold ${VAR}', async () => {
  process.env['SIDEKICK_INI_LIMIT'] = '77M';
  const settings = await start({ ini: { memory_limit: '${SIDEKICK_INI_LIMIT}' } });
  expect(await settings('memory_limit')).toEqual({ memory_limit: '77M' });
});

it('`iniFile` is read, and `ini` wins over it', async () => {
  const iniFile = join(folder, 'php.ini');
  writeFileSync(iniFile, 'memory_limit = 88M\nprecision = 7\n');
  const settings = await start({ iniFile, ini: { precision: 5 } });
  expect(await settings('memory_limit', 'precision')).toEqual({ memory_limit: '88M', precision: '5' });
});

it("what is better than PHP's own default here gives way to `iniFile` and to `ini`", async () => {
  const names = ['register_argc_argv', 'opcache.memory_consumption', 'opcache.max_accelerated_files'];
  expect(await (await start({}))(...names)).toEqual({
    register_argc_argv: '0',
    'opcache.memory_consumption': '256',
    'opcache.max_accelerated_files': '20000',
  });
  await php.stop();
  const iniFile = join(folder, 'php.ini');
  writeFileSync(iniFile, 'register_argc_argv = 1\nopcache.memory_consumption = 64\n');
  const settings = await start({ iniFile, ini: { 'opcache.max_accelerated_files': 4000 } });
  expect(await settings(...names)).toEqual({
    register_argc_argv: '1',
    'opcache.memory_consumption': '64',
    'opcache.max_accelerated_files': '4000',
  });
});

it('a runtime that is started again has the options of the second start', async () => {
  await (await start({ ini: { memory_limit: '91M' } }))('memory_limit');
  await php.stop();
  const settings = await start({ ini: { memory_limit: '92M' } });
  expect(await settings('memory_limit')).toEqual({ memory_limit: '92M' });
});
