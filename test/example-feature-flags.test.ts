import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Example, plainEnvironment } from './support/example.js';

const CHROMIUM = '/usr/bin/chromium';
const shipped = fileURLToPath(new URL('../examples/feature-flags/flags.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'feature-flags-'));
const file = join(folder, 'flags.json');
const put = (flags: unknown) => {
  writeFileSync(`${file}.new`, typeof flags === 'string' ? flags : JSON.stringify(flags));
  renameSync(`${file}.new`, file);
};

interface Answer {
  readonly flags: Readonly<Record<string, { readonly on: boolean; readonly rule: unknown }>>;
  readonly source: string;
  readonly error: string | null;
}

let example: Example;
beforeAll(async () => {
  put(readFileSync(shipped, 'utf8'));
  example = await Example.start('feature-flags', { FLAGS_FILE: file });
});
afterAll(async () => {
  await example?.end();
  rmSync(folder, { recursive: true });
});

async function flags(user = ''): Promise<Answer> {
  const response = await fetch(`${example.url}/flags?user=${user}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}
const on = async (user = '') =>
  Object.entries((await flags(user)).flags).flatMap(([flag, { on }]) => (on ? [flag] : []));

describe('examples/feature-flags', () => {
  it("starts the library's sidekick by name through the catch-all, once, and answers with its flags", async () => {
    const first = await Promise.all(Array.from({ length: 8 }, () => flags('ada')));
    expect(new Set(first.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(first[0]).toMatchObject({ source: file, error: null });
    expect(Object.keys(first[0]!.flags)).toEqual(Object.keys(JSON.parse(readFileSync(shipped, 'utf8')) as object));
    expect(await on('ada')).toEqual(expect.arrayContaining(['new-checkout', 'beta']));
    expect(await on('bob')).not.toContain('beta');
  });

  it('a part of the users has a flag, always the same ones', async () => {
    const users = Array.from({ length: 40 }, (_, number) => `user-${number}`);
    const dark = async () => (await Promise.all(users.map(on))).map((flags) => flags.includes('dark-mode'));
    const [one, again] = await Promise.all([dark(), dark()]);
    expect(one).toEqual(again);
    expect(new Set(one).size).toBe(2);
  });

  it('follows the file, in PHP and in JavaScript', async () => {
    put({ 'search-v2': true, fresh: { percent: 100 } });
    await expect.poll(() => on()).toEqual(['search-v2', 'fresh']);
    await expect.poll(() => example.output).toContain('flags: search-v2, fresh');
  });

  it.each(['{"half": ', '{"odd": 3}', '{"odd": {"percents": 3}}'])(
    'keeps the flags there were while the file holds %s, and says so',
    async (text) => {
      put({ good: true });
      await expect.poll(() => on()).toEqual(['good']);
      put(text);
      await expect.poll(async () => (await flags()).error).toContain(file);
      expect(await on()).toEqual(['good']);
      put({ mended: true });
      await expect.poll(() => flags()).toMatchObject({ flags: { mended: { on: true } }, error: null });
    },
  );

  it('has a page that follows, too', async (context) => {
    context.skip(!existsSync(CHROMIUM), `${CHROMIUM} is missing: run scripts/test-tools`);
    put({ 'dark-mode': false, beta: { users: ['ada'] } });
    const off = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`);
    const browser: Browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--no-first-run', ...off],
      env: plainEnvironment() as Record<string, string>,
    });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(`${example.url}/?user=ada`);
      const row = (flag: string, text: string) =>
        page.locator(`tr[data-flag=${flag}] td:nth-child(2)`, { hasText: text }).waitFor();
      await Promise.all([row('beta', 'on'), row('dark-mode', 'off')]);
      await page.getByLabel('as user').fill('bob');
      await row('beta', 'off');
      put({ 'dark-mode': true, beta: true });
      await Promise.all([row('beta', 'on'), row('dark-mode', 'on')]);
      expect(await page.evaluate('document.documentElement.style.colorScheme')).toBe('dark');
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it in under a second with exit code 0', async (signal) => {
    const other = await Example.start('feature-flags', { FLAGS_FILE: file });
    await fetch(`${other.url}/flags`);
    const end = await other.end(signal);
    expect(end).toMatchObject({ code: 0, by: null });
    expect(end.milliseconds).toBeLessThan(1_000);
  });
});
