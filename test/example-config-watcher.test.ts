// Starts examples/config-watcher as a user does, in a process of its own.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Example, plainEnvironment } from './support/example.js';
import { hasRedis, needRedis, RedisServer } from './support/redis.js';

const CHROMIUM = '/usr/bin/chromium';
const SECOND = 1000;

interface Answer {
  readonly config: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly error: string | null;
  readonly same: boolean;
}

class ConfigWatcher {
  readonly #example: Example;

  private constructor(example: Example) {
    this.#example = example;
  }

  static async start(env: Record<string, string>): Promise<ConfigWatcher> {
    return new ConfigWatcher(await Example.start('config-watcher', { REDIS_URL: '', ...env }));
  }

  get url(): string {
    return this.#example.url;
  }

  async read(path: '/php' | '/js'): Promise<Answer> {
    const response = await fetch(this.url + path);
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  both(): Promise<[Answer, Answer]> {
    return Promise.all([this.read('/php'), this.read('/js')]);
  }

  /** Milliseconds until PHP and JavaScript both answer so. */
  async until(condition: (answer: Answer) => boolean): Promise<number> {
    const started = performance.now();
    for (;;) {
      const answers = await this.both();
      const milliseconds = performance.now() - started;
      if (answers.every(condition)) return milliseconds;
      if (milliseconds > 10 * SECOND) throw new Error(`still ${JSON.stringify(answers)}`);
      await sleep(20);
    }
  }

  post(changes: unknown, type = 'application/json'): Promise<Response> {
    return fetch(`${this.url}/change`, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body: JSON.stringify(changes),
    });
  }

  end(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
    return this.#example.end(signal);
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-watcher-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('examples/config-watcher with a file', () => {
  let example: ConfigWatcher;
  let file: string;
  const put = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const stored = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

  beforeAll(async () => {
    file = join(folder, 'config.json');
    example = await ConfigWatcher.start({ CONFIG_FILE: file });
  });
  afterAll(() => example?.end());

  it('writes the default values when there is no file, and answers with them from PHP and from JavaScript', async () => {
    await example.until(({ config }) => config['revision'] === 1);
    const [php, js] = await example.both();
    expect(php.config).toEqual(stored());
    expect(js.config).toEqual(stored());
    expect(php).toMatchObject({ source: file, error: null, same: true });
    expect(js).toMatchObject({ source: file, error: null, same: true, version: 1 });
  });

  it('changing the file changes both answers within a second', async () => {
    put('{"greeting":"from an editor","list":[1,{"deep":true}]}');
    expect(await example.until(({ config }) => config['greeting'] === 'from an editor')).toBeLessThan(SECOND);
    expect((await example.read('/js')).config).toEqual({ greeting: 'from an editor', list: [1, { deep: true }] });
  });

  it('keeps the last values while the file is no JSON, and says so', async () => {
    put('{"greeting":');
    await example.until(({ config, error }) => error !== null && config['greeting'] === 'from an editor');
    put('{"greeting":"mended","rateLimit":1}');
    expect(await example.until(({ config, error }) => error === null && config['greeting'] === 'mended')).toBeLessThan(
      SECOND,
    );
  });

  it('POST /change writes the file and refuses what is not a known setting of that type', async () => {
    expect((await example.post({ rateLimit: 2 })).status).toBe(200);
    expect(stored()).toEqual({ greeting: 'mended', rateLimit: 2, revision: 1 });
    await example.until(({ config }) => config['rateLimit'] === 2);
    const refused = [{ rateLimit: 'many' }, { unheard: 1 }].map((changes) => example.post(changes));
    expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([422, 422]);
    expect((await example.post({ rateLimit: 3 }, 'text/plain')).status).toBe(415);
    expect(stored()).toMatchObject({ rateLimit: 2, revision: 1 });
  });

  it('its two PHP workers share the requests', async () => {
    const seen = new Set<unknown>();
    while (seen.size < 2) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => example.read('/php')));
      for (const answer of answers) seen.add((answer as unknown as Record<string, unknown>)['instance']);
    }
    expect(seen.size).toBe(2);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it in under a second with exit code 0', async (signal) => {
    const other = await ConfigWatcher.start({ CONFIG_FILE: join(folder, `${signal}.json`) });
    await other.both(); // with connections kept open
    const end = await other.end(signal);
    expect(end).toMatchObject({ code: 0, by: null });
    expect(end.milliseconds).toBeLessThan(SECOND);
  });
});

describe('examples/config-watcher with a Redis', () => {
  let example: ConfigWatcher;
  let redis: RedisServer;

  beforeAll(async () => {
    if (!hasRedis) return;
    redis = await RedisServer.start(['--save', '', '--dir', folder]);
    example = await ConfigWatcher.start({ REDIS_URL: `redis://${redis.address}` });
  });
  afterAll(async () => {
    await example?.end();
    await redis?.end();
  });

  it('changing the key changes both answers within a second', async (context) => {
    needRedis(context);
    await example.until(({ error }) => error === null);
    expect(JSON.parse(redis.command('get', 'config'))).toMatchObject({ revision: 1 });
    redis.command('set', 'config', '{"greeting":"from Redis: häß","rateLimit":5}');
    expect(await example.until(({ config }) => config['greeting'] === 'from Redis: häß')).toBeLessThan(SECOND);
    expect((await example.read('/php')).source).toBe(`key 'config' of Redis at ${redis.address}`);
  });

  it('POST /change writes the key', async (context) => {
    needRedis(context);
    expect((await example.post({ rateLimit: 6 })).status).toBe(200);
    expect(JSON.parse(redis.command('get', 'config'))).toEqual({
      greeting: 'from Redis: häß',
      rateLimit: 6,
      revision: 1,
    });
    await example.until(({ config }) => config['rateLimit'] === 6);
  });

  it('keeps the last values while Redis is away, says so, and comes back with it', async (context) => {
    needRedis(context);
    await redis.end();
    await example.until(({ config, error }) => error !== null && config['rateLimit'] === 6);
    expect((await example.post({ rateLimit: 7 })).status).toBe(503);
    await redis.start();
    redis.command('set', 'config', '{"greeting":"back again"}');
    await example.until(({ config, error }) => error === null && config['greeting'] === 'back again');
  });
});

describe("examples/config-watcher's page", () => {
  const available = existsSync(CHROMIUM);
  let example: ConfigWatcher;
  let browser: Browser;

  beforeAll(async () => {
    if (!available) return;
    const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map(
      (name) => `--disable-${name}`,
    );
    [example, browser] = await Promise.all([
      ConfigWatcher.start({ CONFIG_FILE: join(folder, 'page.json') }),
      chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--no-first-run', ...quiet],
        env: plainEnvironment() as Record<string, string>,
      }),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await example?.end();
  });

  it('shows the values from both, and its button changes them in both, without a reload', async (context) => {
    context.skip(!available, `${CHROMIUM} is missing: run scripts/test-tools`);
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(example.url);
    const value = (column: string, key: string, text: string) =>
      page.locator(`${column} [data-key=${key}] dd`, { hasText: text }).waitFor();

    await Promise.all(['#php', '#js'].map((column) => value(column, 'greeting', 'Hello from a background worker')));
    await page.getByLabel('greeting').fill('changed by <b>hand</b>');
    await page.getByRole('button', { name: 'Change' }).click();
    await Promise.all(['#php', '#js'].map((column) => value(column, 'greeting', 'changed by <b>hand</b>')));
    await Promise.all(['#php', '#js'].map((column) => value(column, 'revision', '2')));
    expect(problems).toEqual([]);
  });
});
