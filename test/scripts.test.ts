import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';
import { isSanitized } from './support/variant.js';

const folder = fixture('scripts');
const file = (name: string) => join(folder, name);
const log = new Lines();
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({
    threads: 2,
    scriptThreads: 4,
    logger: log,
    ini: { 'opcache.file_update_protection': 0 },
  });
  app = await php.createScope({ name: 'scripts', root: folder });
});
afterAll(() => php.stop());

const scripts = () => php.status().threads.filter(({ kind }) => kind === 'script');
const text = async (path: string) => (await app.fetch(new Request(`http://localhost/${path}`))).text();

describe('run()', () => {
  it('J08 runs a console application: arguments, input, both streams, exit code', async () => {
    const run = php.run(file('console.php'), { args: ['upper', '> '], stdin: 'one\ntwo häß\0\n' });
    expect(await run).toEqual({ exitCode: 0, stdout: '> ONE\n> TWO Häß\0\n', stderr: '2 lines\n' });
    expect(await php.run(file('console.php'), { args: ['fail', '3'] })).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'failing with 3\n',
    });
    expect((await php.run('console.php', { cwd: folder })).stderr).toBe('usage: console.php upper|fail|hash\n');
  });

  it('J08 gives output as it is, as text or as bytes', async () => {
    const { stdout } = await php.run(file('console.php'), {
      args: ['upper'],
      stdin: Buffer.from([0xff, 0, 0x41]),
      encoding: 'buffer',
    });
    expect(stdout).toEqual(Buffer.from([0xff, 0, 0x41]));
  });

  it('J08 is the cli SAPI, with its settings, its variables and a working directory of its own', async () => {
    const run = await php.run('facts.php', { cwd: folder, args: ['-x', '', 'ä'], env: { GREETING: 'hello' } });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(run.stdout)).toEqual({
      sapi: ['cli', 'cli', 'cli', 'cli'],
      argv: ['facts.php', '-x', '', 'ä'],
      argc: 4,
      server: {
        argv: ['facts.php', '-x', '', 'ä'],
        argc: 4,
        PHP_SELF: 'facts.php',
        SCRIPT_NAME: 'facts.php',
        SCRIPT_FILENAME: 'facts.php',
        PATH_TRANSLATED: 'facts.php',
        DOCUMENT_ROOT: '',
        GREETING: 'hello',
      },
      env: ['hello', 'hello'],
      ini: ['0', '1', '0', '0', '-1', '1', '1', '0'],
      opcache: false,
      levels: 0,
      streams: ['rb', 'wb', 'wb'],
      cwd: folder,
      here: true,
      included: 42,
      file: file('facts.php'),
      functions: [],
      classes: [],
      constants: [],
    });
  });

  it.each([
    ['exception', 255, /^$/, /Fatal error: Uncaught RuntimeException/],
    ['fatal', 255, /^$/, /Call to undefined function/],
    ['memory', 255, /^$/, /Allowed memory size of 8388608/],
    ['parse', 255, /^$/, /Parse error/],
    ['text', 0, /^$/, /^a messageshutdown\n$/],
    ['status', 300, /^$/, /^shutdown\n$/],
    ['end', 0, /^$/, /^end\nshutdown\n$/],
    ['warning', 0, /^told by error_log\(\)\n$/, /\nWarning: Undefined variable/],
  ])('J08 ends as a command line does: %s', async (way, exitCode, stderr, stdout) => {
    expect(await php.run(file('ends.php'), { args: [way] })).toEqual({
      exitCode,
      stdout: expect.stringMatching(stdout),
      stderr: expect.stringMatching(stderr),
    });
    expect(log.all.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  // A sanitizer keeps what was freed.
  it.skipIf(isSanitized)('J08 streams 200 MiB of each stream, and the process stays small', async () => {
    const run = php.run(file('output.php'), { args: ['200', '200'] });
    const before = process.memoryUsage().rss;
    let largest = 0;
    const count = async (stream: Readable) => {
      let bytes = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        largest = Math.max(largest, process.memoryUsage().rss);
      }
      return bytes;
    };
    const counted = await Promise.all([count(run.stdout), count(run.stderr)]);
    expect(counted).toEqual([200 << 20, (200 << 20) + 'small'.length]);
    expect(largest - before).toBeLessThan(150 << 20);
    expect(await run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('J08 takes a stream as input, no faster than the script reads', async () => {
    const hash = createHash('sha256');
    let made = 0;
    async function* input() {
      for (let index = 0; index < 200; index++) {
        const chunk = Buffer.alloc(100_000, index);
        hash.update(chunk);
        made += chunk.length;
        yield chunk;
      }
    }
    const { stdout } = await php.run(file('console.php'), { args: ['hash'], stdin: Readable.from(input()) });
    expect(stdout).toBe(`${made} ${hash.digest('hex')}\n`);
  });

  it('J08 input that fails ends the run with its error, and a script that ends ends its input', async () => {
    const broken = new Readable({ read() {} });
    const run = php.run(file('endless.php'), { args: ['read'], stdin: broken });
    await once(run.stdout, 'data');
    broken.destroy(new Error('the disk is gone'));
    await expect(run).rejects.toThrow('the disk is gone');

    const endless = Readable.from(
      (async function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    expect(await php.run(file('ends.php'), { args: ['end'], stdin: endless })).toMatchObject({ exitCode: 0 });
    if (!endless.destroyed) await once(endless, 'close');
  });

  it('J08 stops a script whose collected output grows too large, and none whose output is read', async () => {
    const run = php.run(file('output.php'), { args: ['100', '0'], maxBuffer: 1 << 20 });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_OUTPUT_LIMIT',
      message: expect.stringContaining('maxBuffer (1048576 bytes) to stdout'),
    });
    const read = php.run(file('output.php'), { args: ['10', '0'], maxBuffer: 1 << 20 });
    read.stdout.resume();
    expect(await read).toEqual({ exitCode: 0, stdout: '', stderr: 'small' });
  });

  it.each(['loop', 'sleep', 'read', 'write'])('J08 an aborted signal stops a script in %s at once', async (way) => {
    const controller = new AbortController();
    const stdin = new Readable({ read() {} });
    const run = php.run(file('endless.php'), { args: [way], stdin, signal: controller.signal });
    const [first] = (await once(run.stdout, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^begun\n/);
    const reason = new Error('enough');
    const aborted = performance.now();
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await expect.poll(() => scripts().filter(({ busy }) => busy), { timeout: 5_000 }).toEqual([]);
    expect(performance.now() - aborted).toBeLessThan(1_000);
    expect(php.status().abandonedThreads).toBe(0);
    expect(stdin.destroyed).toBe(true); // nobody reads it any more
  });

  it('J08 closing its output ends a script as a closed pipe does', async () => {
    const run = php.run(file('endless.php'), { args: ['write'] });
    await once(run.stdout, 'data');
    run.stdout.destroy();
    expect(await run).toMatchObject({ stdout: '' });
  });

  it('J08 a run that waits for a thread can be aborted, and none is run whose signal was aborted before', async () => {
    const controllers = Array.from({ length: 6 }, () => new AbortController());
    const runs = controllers.map(({ signal }) => php.run(file('endless.php'), { args: ['loop'], signal }));
    const ends = Promise.allSettled(runs);
    await expect.poll(() => scripts().filter(({ busy }) => busy).length).toBe(4);
    for (const controller of controllers.reverse()) controller.abort();
    expect((await ends).map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    await expect(php.run(file('ends.php'), { signal: AbortSignal.abort('never') })).rejects.toBe('never');
  });

  it('J08 twenty at a time beside HTTP', async () => {
    let serving = true;
    const requests = Promise.all(
      Array.from({ length: 4 }, async () => {
        let served = 0;
        for (; serving; served++)
          expect(JSON.parse(await text('probe-http.php'))).toMatchObject({ sapi: 'frankenphp' });
        return served;
      }),
    );
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        php.run(file('console.php'), { args: ['upper', `${index}:`], stdin: `line ${index}\n` }),
      ),
    );
    serving = false;
    expect(ends.map(({ stdout }) => stdout)).toEqual(ends.map((_, index) => `${index}:LINE ${index}\n`));
    expect(scripts().length).toBeLessThanOrEqual(4);
    for (const served of await requests) expect(served).toBeGreaterThan(0);
  });

  it('J08 refuses what cannot be run', () => {
    expect(() => php.run('nowhere.php')).toThrow(/run\(\): the script 'nowhere.php' is missing or cannot be read/);
    expect(() => php.run(folder)).toThrow(/is not a file/);
    expect(() => php.run(file('ends.php'), { cwd: file('ends.php') })).toThrow(/cwd '.*' is not a directory/);
    expect(() => php.run(file('ends.php'), { stdin: 1 as never })).toThrow(/stdin must be a string/);
    expect(() => php.run(file('ends.php'), { arg: [] } as never)).toThrow(/unknown option 'arg'/);
  });
});

describe('what run() shares with the rest', () => {
  it('E12 none of the functions is there, and nothing of it is folded into code that HTTP uses, or the reverse', async () => {
    const http = { sapi: 'frankenphp', exists: true, inClass: 'frankenphp', default: 'frankenphp false 1' };
    const cli = { sapi: 'cli', exists: false, inClass: 'cli', default: 'cli true 1' };
    for (let round = 0; round < 3; round++) {
      expect(JSON.parse(await text('probe-http.php'))).toEqual(http);
      expect(JSON.parse((await php.run(file('probe-run.php'))).stdout)).toEqual(cli);
    }
    expect(php.status().opcache.memoryBytes).toBeGreaterThan(0);
  });
});

describe('stop()', () => {
  it('J08 lets a script end by itself', async () => {
    const other = await Runtime.start({ threads: 2, scriptThreads: 4, ini: { 'opcache.file_update_protection': 0 } });
    const stdin = new Readable({ read() {} });
    const run = other.run(file('console.php'), { args: ['upper'], stdin });
    stdin.push('last words\n');
    const stopped = other.stop();
    expect(() => other.run(file('ends.php'))).toThrow(expect.objectContaining({ code: 'ERR_SIDEKICK_STOPPED' }));
    stdin.push(null);
    expect(await run).toMatchObject({ exitCode: 0, stdout: 'LAST WORDS\n' });
    await stopped;
  });
});
