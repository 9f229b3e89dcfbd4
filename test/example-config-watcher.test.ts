// Starts examples/config-watcher as a user does, in a process of its own.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';

const program = fileURLToPath(new URL('../examples/config-watcher/server.mjs', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';
const SECOND = 1000;

interface Answer {
  readonly config: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly error: string | null;
  readonly same: boolean;
}

class Example {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(env: Record<string, string>): Promise<Example> {
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, PORT: '0', REDIS_URL: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk;
        const line = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output);
        if (line) resolve(line[1]!);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`the example ended with ${code}: ${output}`)));
    });
    return new Example(child, url);
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

  async end(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
    const started = performance.now();
    const ended = this.#child.exitCode === null ? once(this.#child, 'exit') : [this.#child.exitCode, null];
    this.#child.kill(signal);
    const [code, by] = await ended;
    return { code, by, milliseconds: performance.now() - started };
  }
}

/** The environment without what a sanitizer's build wants preloaded into Node, for other programs. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { LD_PRELOAD: _, ...env } = process.env;
  return env;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-watcher-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('examples/config-watcher with a file', () => {
  let example: Example;
  let file: string;
  const put = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const stored = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

  beforeAll(async () => {
    file = join(folder, 'config.json');
    example = await Example.start({ CONFIG_FILE: file });
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
    const other = await Example.start({ CONFIG_FILE: join(folder, `${signal}.json`) });
    await other.both(); // with connections kept open
    const end = await other.end(signal);
    expect(end).toMatchObject({ code: 0, by: null });
    expect(end.milliseconds).toBeLessThan(SECOND);
  });
});

describe('examples/config-watcher with a Redis', () => {
  const available = spawnSync('redis-server', ['--version']).status === 0;
  const needRedis = ({ skip }: TestContext) => skip(!available, 'redis-server is missing: run scripts/test-tools');
  let example: Example;
  let port: number;
  let redis: ChildProcess | undefined;

  const command = (...words: string[]) =>
    execFileSync('redis-cli', ['-p', String(port), ...words], { env: plainEnvironment(), encoding: 'utf8' }).trim();

  async function startRedis(): Promise<void> {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    const child = spawn('redis-server', options, { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
    redis = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      child.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept connections') && resolve());
    });
  }

  async function endRedis(): Promise<void> {
    const child = redis;
    redis = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }

  beforeAll(async () => {
    if (!available) return;
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    port = (probe.address() as { port: number }).port;
    await new Promise((resolve) => probe.close(resolve));
    await startRedis();
    example = await Example.start({ REDIS_URL: `redis://127.0.0.1:${port}` });
  });
  afterAll(async () => {
    await example?.end();
    await endRedis();
  });

  it('changing the key changes both answers within a second', async (context) => {
    needRedis(context);
    await example.until(({ error }) => error === null);
    expect(JSON.parse(command('get', 'config'))).toMatchObject({ revision: 1 });
    command('set', 'config', '{"greeting":"from Redis: häß","rateLimit":5}');
    expect(await example.until(({ config }) => config['greeting'] === 'from Redis: häß')).toBeLessThan(SECOND);
    expect((await example.read('/php')).source).toBe(`key 'config' of Redis at 127.0.0.1:${port}`);
  });

  it('POST /change writes the key', async (context) => {
    needRedis(context);
    expect((await example.post({ rateLimit: 6 })).status).toBe(200);
    expect(JSON.parse(command('get', 'config'))).toEqual({ greeting: 'from Redis: häß', rateLimit: 6, revision: 1 });
    await example.until(({ config }) => config['rateLimit'] === 6);
  });

  it('keeps the last values while Redis is away, says so, and comes back with it', async (context) => {
    needRedis(context);
    await endRedis();
    await example.until(({ config, error }) => error !== null && config['rateLimit'] === 6);
    expect((await example.post({ rateLimit: 7 })).status).toBe(503);
    await startRedis();
    command('set', 'config', '{"greeting":"back again"}');
    await example.until(({ config, error }) => error === null && config['greeting'] === 'back again');
  });
});

describe("examples/config-watcher's page", () => {
  const available = existsSync(CHROMIUM);
  let example: Example;
  let browser: Browser;

  beforeAll(async () => {
    if (!available) return;
    const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map(
      (name) => `--disable-${name}`,
    );
    [example, browser] = await Promise.all([
      Example.start({ CONFIG_FILE: join(folder, 'page.json') }),
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
