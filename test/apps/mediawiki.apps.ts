import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../../lib/index.js';
import { Front } from '../support/http.js';
import { Lines } from '../support/loggers.js';
import { have, Jar, unpacked } from './support.js';

const intl = process.env['SIDEKICK_INTL'] ?? '';
const ready = have('usr/share/mediawiki/index.php') && existsSync(intl);
const CHROMIUM = '/usr/bin/chromium';
const REQUESTS = Number(process.env['APPS_REQUESTS'] ?? 100);
const PASSWORD = 'a long password of 2026';

describe.skipIf(!ready)('MediaWiki on SQLite, from the installer to an edited page', () => {
  const lines = new Lines();
  const jar = new Jar();
  let folder: string;
  let site: string;
  let php: Runtime;
  let app: Scope;
  let front: Front;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sidekick-mediawiki-'));
    site = join(folder, 'site');
    const filter = (path: string) => existsSync(path); // some links lead to what only an installation has
    cpSync(unpacked('usr/share/mediawiki'), site, { recursive: true, dereference: true, filter });
    mkdirSync(join(site, 'images'), { recursive: true });
    mkdirSync(join(site, 'extensions'), { recursive: true });
    mkdirSync(join(folder, 'data'));
    const ini = { extension: intl, memory_limit: '256M', display_errors: 0, error_reporting: 'E_ALL & ~E_DEPRECATED' };
    php = await Runtime.start({ threads: 4, ini, logger: lines });
    app = await php.createScope({ name: 'mediawiki', root: site });
    front = await Front.listen(app.listener);
  });
  afterAll(async () => {
    await front?.close();
    await php?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const api = async (fields: Record<string, string>, post = true): Promise<unknown> => {
    const all = new URLSearchParams({ format: 'json', ...fields });
    const response = post
      ? await jar.fetch(`${front.origin}/api.php`, { method: 'POST', body: all })
      : await jar.fetch(`${front.origin}/api.php?${all}`);
    return response.json();
  };
  const token = async (type: string): Promise<string> => {
    const answer = await api({ action: 'query', meta: 'tokens', type }, false);
    return (answer as { query: { tokens: Record<string, string> } }).query.tokens[`${type}token`]!;
  };

  it('installs itself by its script', async () => {
    const args = ['--dbtype', 'sqlite', '--dbpath', join(folder, 'data'), '--server', front.origin, '--scriptpath', ''];
    args.push('--pass', PASSWORD, 'Sidekick Wiki', 'Admin');
    const end = await php.run(join(site, 'maintenance/install.php'), { args, cwd: site });
    expect(end.exitCode, `${end.stdout}${end.stderr}`).toBe(0);
    expect(existsSync(join(site, 'LocalSettings.php'))).toBe(true);
    const response = await fetch(`${front.origin}/index.php/Main_Page`);
    expect(await response.text()).toContain('MediaWiki has been installed');
  });

  it('lets its user in, who edits a page', async () => {
    const login = { action: 'login', lgname: 'Admin', lgpassword: PASSWORD, lgtoken: await token('login') };
    expect(await api(login)).toMatchObject({ login: { result: 'Success' } });
    const text = "== Heading ==\nHello from '''PHP inside Node''', [[Main Page]].";
    const edit = { action: 'edit', title: 'Sidekick', text, token: await token('csrf') };
    expect(await api(edit)).toMatchObject({ edit: { result: 'Success', new: '' } });
    const page = await (await fetch(`${front.origin}/index.php/Sidekick`)).text();
    expect(page).toContain('Hello from <b>PHP inside Node</b>');
    expect((await fetch(`${front.origin}/index.php/Nowhere`)).status).toBe(404);
    const style = await fetch(`${front.origin}/load.php?lang=en&modules=site.styles&only=styles&skin=vector`);
    expect(style.headers.get('content-type')).toMatch(/^text\/css/);
  });

  it.skipIf(!existsSync(CHROMIUM))('looks right in a browser', async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--no-first-run'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('response', (response) => {
        if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(`${front.origin}/index.php/Sidekick`, { waitUntil: 'load' });
      expect(await page.getByRole('heading', { name: 'Heading' }).isVisible()).toBe(true);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it(`does not grow over ${REQUESTS} mixed requests, and logs no warning`, {
    timeout: 120_000 + 60 * REQUESTS,
  }, async () => {
    const paths = [
      '/index.php/Main_Page',
      '/index.php/Sidekick',
      '/index.php/Special:RecentChanges',
      '/index.php?search=Node',
      '/api.php?action=query&list=allpages&format=json',
    ];
    const ask = async (count: number) => {
      for (let at = 0; at < count; at += 4) {
        const some = Array.from({ length: 4 }, (_, each) => fetch(front.origin + paths[(at + each) % paths.length]));
        for (const response of await Promise.all(some)) await response.arrayBuffer();
      }
    };
    const memory = () => php.status().threads.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    await ask(Math.ceil(REQUESTS / 5));
    const before = memory();
    const rss = process.memoryUsage.rss();
    const told = lines.all.length;
    await ask(REQUESTS);
    const grown = (process.memoryUsage.rss() - rss) / (1 << 20); // of Node, which is the client here, too
    console.log(
      `${REQUESTS} requests: PHP's memory grew by ${memory() - before} bytes, RSS by ${grown.toFixed(1)} MiB`,
    );
    expect(memory() - before).toBeLessThan(4 << 20);
    expect(lines.all.slice(told).filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});
