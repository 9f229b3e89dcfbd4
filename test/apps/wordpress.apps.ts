import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../../lib/index.js';
import { Front } from '../support/http.js';
import { Lines } from '../support/loggers.js';
import { have, Jar, MariaDb, unpacked } from './support.js';

const ready = have('usr/share/wordpress/index.php', 'usr/sbin/mariadbd', 'usr/share/php/getid3');
const CHROMIUM = '/usr/bin/chromium';
const REQUESTS = Number(process.env['APPS_REQUESTS'] ?? 300);

describe.skipIf(!ready)('WordPress, from the installer to a published post', () => {
  const lines = new Lines();
  const jar = new Jar();
  let database: MariaDb;
  let folder: string;
  let php: Runtime;
  let app: Scope;
  let front: Front;
  let post = 0;

  beforeAll(async () => {
    database = await MariaDb.start();
    folder = mkdtempSync(join(tmpdir(), 'sidekick-wordpress-'));
    const site = join(folder, 'site');
    // Debian links to other packages' files; some links lead to what only an installation has.
    const filter = (path: string) => existsSync(path);
    cpSync(unpacked('usr/share/wordpress'), site, { recursive: true, dereference: true, filter });
    const constants = {
      DB_NAME: 'wordpress',
      DB_USER: 'root',
      DB_PASSWORD: '',
      DB_HOST: `localhost:${database.socket}`,
      DB_CHARSET: 'utf8mb4',
      DB_COLLATE: '',
      AUTH_KEY: 'a',
      SECURE_AUTH_KEY: 'b',
      LOGGED_IN_KEY: 'c',
      NONCE_KEY: 'd',
      WP_HTTP_BLOCK_EXTERNAL: true,
      DISABLE_WP_CRON: true,
      AUTOMATIC_UPDATER_DISABLED: true,
      FS_METHOD: 'direct',
    };
    const defines = Object.entries(constants).map(([name, value]) => `define('${name}', ${JSON.stringify(value)});\n`);
    const rest =
      "$table_prefix = 'wp_';\ndefined('ABSPATH') || define('ABSPATH', __DIR__ . '/');\nrequire_once ABSPATH . 'wp-settings.php';\n";
    writeFileSync(join(site, 'wp-config.php'), `<?php\n${defines.join('')}${rest}`);
    // This WordPress is older than PHP 8.4, and deprecations are all it has to say about that.
    const ini = { memory_limit: '256M', display_errors: 0, error_reporting: 'E_ALL & ~E_DEPRECATED', log_errors: 1 };
    php = await Runtime.start({ threads: 4, ini, logger: lines });
    app = await php.createScope({ name: 'wordpress', root: site });
    front = await Front.listen(app.listener);
    const create = `<?php echo (new mysqli('localhost', 'root', '', '', 0, '${database.socket}'))->query('CREATE DATABASE wordpress') ? 'made' : 'not made';`;
    writeFileSync(join(site, 'make-database.php'), create);
    expect(await (await fetch(`${front.origin}/make-database.php`)).text()).toBe('made');
  });
  afterAll(async () => {
    await front?.close();
    await php?.stop();
    await database?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const form = (fields: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields) });

  it('installs itself', async () => {
    const first = await jar.fetch(`${front.origin}/`);
    expect([first.status, first.headers.get('location')]).toEqual([302, `${front.origin}/wp-admin/install.php`]);
    const fields = {
      weblog_title: 'Sidekick',
      user_name: 'admin',
      admin_password: 'a password',
      admin_password2: 'a password',
      pw_weak: 'on',
      admin_email: 'admin@example.org',
      blog_public: '0',
    };
    const done = await jar.fetch(`${front.origin}/wp-admin/install.php?step=2`, form(fields));
    expect(await done.text()).toContain('Success!');
  });

  it('lets its user in', async () => {
    await jar.fetch(`${front.origin}/wp-login.php`);
    const fields = { log: 'admin', pwd: 'a password', testcookie: '1', 'wp-submit': 'Log In' };
    expect((await jar.fetch(`${front.origin}/wp-login.php`, form(fields))).status).toBe(302);
    const dashboard = await (await jar.fetch(`${front.origin}/wp-admin/index.php`)).text();
    expect(dashboard).toContain('Dashboard');
  });

  it('publishes a post with an uploaded picture', async () => {
    const editor = await (await jar.fetch(`${front.origin}/wp-admin/post-new.php`)).text();
    const nonce = /createNonceMiddleware\( "([0-9a-f]+)" \)/.exec(editor)?.[1];
    expect(nonce).toBeDefined();
    const api = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string>) =>
      jar.fetch(`${front.origin}/index.php?rest_route=/wp/v2/${path}`, {
        method: 'POST',
        headers: { 'X-WP-Nonce': nonce!, ...headers },
        body,
      });
    const pixel = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
      'base64',
    );
    const picture = new FormData();
    picture.append('file', new File([pixel], 'pixel.png', { type: 'image/png' }));
    const uploaded = await api('media', picture, {});
    expect(uploaded.status).toBe(201);
    const source = ((await uploaded.json()) as { source_url: string }).source_url;
    expect(Buffer.from(await (await fetch(source)).arrayBuffer()).equals(pixel)).toBe(true);

    const text = JSON.stringify({
      title: 'Hello from PHP inside Node',
      content: `<img src="${source}">`,
      status: 'publish',
    });
    const created = await api('posts', text, { 'Content-Type': 'application/json' });
    expect(created.status).toBe(201);
    post = ((await created.json()) as { id: number }).id;
    const page = await (await fetch(`${front.origin}/?p=${post}`)).text();
    expect(page).toContain('Hello from PHP inside Node');
    expect(await (await fetch(`${front.origin}/`)).text()).toContain('Hello from PHP inside Node');
  });

  it('refuses a wrong password, and answers 404 for what is not there', async () => {
    const refused = await fetch(`${front.origin}/wp-login.php`, form({ log: 'admin', pwd: 'wrong' }));
    expect(await refused.text()).toContain('is incorrect');
    expect((await fetch(`${front.origin}/?p=99999`)).status).toBe(404);
    expect((await fetch(`${front.origin}/wp-includes/css/dashicons.css`)).headers.get('content-type')).toMatch(
      /^text\/css/,
    );
  });

  it.skipIf(!existsSync(CHROMIUM))('looks right in a browser, and its dashboard works there', async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--no-first-run'] });
    try {
      const context = await browser.newContext();
      await context.addCookies(jar.cookies(front.origin));
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('response', (response) => {
        const own = response.url().startsWith(front.origin);
        if (own && response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(`${front.origin}/?p=${post}`, { waitUntil: 'load' });
      expect(await page.getByRole('heading', { name: 'Hello from PHP inside Node' }).isVisible()).toBe(true);
      await page.goto(`${front.origin}/wp-admin/index.php`, { waitUntil: 'load' });
      expect(await page.getByRole('heading', { name: 'Dashboard', exact: true }).isVisible()).toBe(true);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it(`does not grow over ${REQUESTS} mixed requests, and logs no warning`, {
    timeout: 120_000 + 60 * REQUESTS,
  }, async () => {
    const paths = [
      '/',
      `/?p=${post}`,
      '/wp-login.php',
      '/?s=hello',
      '/?feed=rss2',
      '/wp-includes/css/dashicons.css',
      '/?p=99999',
    ];
    const ask = async (count: number) => {
      for (let at = 0; at < count; at += 8) {
        const some = Array.from({ length: 8 }, (_, each) => fetch(front.origin + paths[(at + each) % paths.length]));
        for (const response of await Promise.all(some)) await response.arrayBuffer();
      }
    };
    const memory = () => php.status().threads.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    await ask(Math.ceil(REQUESTS / 5));
    const before = memory();
    const rss = process.memoryUsage.rss();
    const told = lines.all.length; // its installer has something to warn of itself
    await ask(REQUESTS);
    const grown = (process.memoryUsage.rss() - rss) / (1 << 20); // of Node, which is the client here, too
    console.log(
      `${REQUESTS} requests: PHP's memory grew by ${memory() - before} bytes, RSS by ${grown.toFixed(1)} MiB`,
    );
    expect(memory() - before).toBeLessThan(4 << 20);
    expect(lines.all.slice(told).filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});
