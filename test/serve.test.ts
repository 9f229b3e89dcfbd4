import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Child, type ChildEnd } from './support/child.js';
import { fixture } from './support/modes.js';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const site = fixture('serve');
const folder = mkdtempSync(join(tmpdir(), 'sidekick-serve-'));
const children: Child[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.end;
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `php-sidekick serve` in a folder; what it logs is in its output too. */
function serve(args: readonly string[], cwd = site): Child {
  const child = new Child(cli, ['serve', ...args], { shell: `cd '${cwd}' && exec "$@" 2>&1` });
  children.push(child);
  return child;
}
const url = async (child: Child) => (await child.matched(/"msg":"listening on (\S+?)"/))[1]!;
const anywhere = ['--listen', '127.0.0.1:0'];
const worker = `${site}/public/index.php`;

async function stopped(child: Child, signal: NodeJS.Signals = 'SIGTERM'): Promise<ChildEnd> {
  child.process.kill(signal);
  return child.end;
}
function accesses(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"time"'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('php-sidekick serve', () => {
  it('serves scripts, workers, background workers and files by its flags, and logs who asked', async () => {
    const args = ['--root', 'public', '--worker', 'public/index.php,2', '--background', 'watcher=bin/watcher.php,1'];
    const child = serve([...args, ...anywhere, '--threads', '1', '--ini', 'memory_limit=77M']);
    const origin = await url(child);
    expect(await (await fetch(`${origin}/page?x=1`)).json()).toEqual({
      worker,
      watcher: 'watcher',
      protocol: 'HTTP/1.1',
      https: '',
      limit: '77M',
      env: false,
    });
    expect(await (await fetch(`${origin}/file.txt`, { headers: { 'User-Agent': 'test' } })).text()).toBe('a file\n');
    const end = await stopped(child);
    expect([end.code, end.signal]).toEqual([0, null]);
    expect(accesses(end.stdout)).toEqual([
      expect.objectContaining({ method: 'GET', uri: '/page?x=1', status: 200, completed: true, remote: '127.0.0.1' }),
      expect.objectContaining({ method: 'GET', uri: '/file.txt', protocol: 'HTTP/1.1', agent: 'test' }),
    ]);
  });

  it('serves a folder without workers, without a log of who asked', async () => {
    const child = serve(['--root', 'public', '--no-access-log', ...anywhere]);
    expect(await (await fetch(`${await url(child)}/`)).json()).toMatchObject({ worker: null, watcher: 'none' });
    const end = await stopped(child, 'SIGINT');
    expect([end.code, accesses(end.stdout)]).toEqual([0, []]);
  });

  it('takes a background worker without a name for the catch-all', async () => {
    const child = serve(['--root', 'public', '--background', 'bin/watcher.php', ...anywhere]);
    expect(await (await fetch(`${await url(child)}/`)).json()).toMatchObject({ watcher: 'watcher' });
    expect((await stopped(child)).code).toBe(0);
  });

  const config = {
    root: join(site, 'public'),
    listen: '127.0.0.1:0',
    env: { FROM_CONFIG: 'yes' },
    workers: [{ file: worker, num: 1 }],
    runtime: { threads: 1, ini: { memory_limit: '55M' } },
  };
  it.each([
    ['sidekick.config.json', JSON.stringify(config)],
    ['sidekick.config.mjs', `export default ${JSON.stringify(config)};`],
    [
      'sidekick.config.ts',
      `type Config = { root: string };\nexport default ${JSON.stringify(config)} satisfies Config;`,
    ],
  ])('takes its settings from %s, and flags over those', async (name, text) => {
    const cwd = mkdtempSync(join(folder, 'config-'));
    writeFileSync(join(cwd, name), text);
    const child = serve(['--background', `watcher=${site}/bin/watcher.php`, '--ini', 'precision=5'], cwd);
    const told = await (await fetch(await url(child))).json();
    expect(told).toMatchObject({ worker, watcher: 'watcher', limit: '55M', env: 'yes' });
    expect((await stopped(child)).code).toBe(0);
  });

  it('serves HTTPS, with HTTP/2 beside HTTP/1.1', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
    const child = serve(['--root', 'public', '--tls-key', key, '--tls-cert', cert, ...anywhere]);
    const origin = await url(child);
    expect(origin).toMatch(/^https:/);
    const ca = readFileSync(cert);
    const first = await new Promise<string>((resolve, reject) => {
      const options = { ca, headers: { Connection: 'close' } };
      httpsRequest(origin, options, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(text);
      })
        .on('error', reject)
        .end();
    });
    expect(JSON.parse(first)).toMatchObject({ protocol: 'HTTP/1.1', https: 'on' });
    const session = connect(origin, { ca });
    let second = '';
    for await (const chunk of session.request({ ':path': '/' })) second += chunk;
    expect(JSON.parse(second)).toMatchObject({ protocol: 'HTTP/2.0', https: 'on' });
    expect((await stopped(child)).code).toBe(0); // the idle session does not keep it
    session.destroy();
  });

  it('answers what is under way before it ends, and takes nothing new', async () => {
    const child = serve(['--root', 'public', '--worker', 'public/index.php,1', ...anywhere]);
    const origin = await url(child);
    const file = join(folder, 'go-on');
    const response = await fetch(`${origin}/?file=${file}`);
    child.process.kill('SIGTERM');
    await child.matched(/SIGTERM: stopping/);
    await expect(fetch(origin)).rejects.toBeDefined();
    writeFileSync(file, '');
    expect(await response.text()).toMatch(/^waiting \{/);
    expect((await child.end).code).toBe(0);
  });

  it('runs workers again when their files change, with --watch', async () => {
    const cwd = mkdtempSync(join(folder, 'watch-'));
    const script = (text: string) =>
      `<?php while (frankenphp_handle_request(static function () { echo '${text}'; })) {}`;
    writeFileSync(join(cwd, 'index.php'), script('before'));
    const child = serve(['--worker', 'index.php,1', '--ini', 'opcache.revalidate_freq=0', '--watch', ...anywhere], cwd);
    const origin = await url(child);
    expect(await (await fetch(origin)).text()).toBe('before');
    writeFileSync(join(cwd, 'index.php'), script('after'));
    await expect.poll(async () => (await fetch(origin)).text(), { timeout: 20_000 }).toBe('after');
    expect((await stopped(child)).code).toBe(0);
  });

  it('ends at once at the second signal', async () => {
    const child = serve(['--root', 'public', '--worker', 'public/index.php,1', ...anywhere]);
    const origin = await url(child);
    const response = await fetch(`${origin}/?file=${folder}/never`);
    child.process.kill('SIGTERM');
    await child.matched(/SIGTERM: stopping/);
    child.process.kill('SIGTERM');
    const end = await child.end;
    expect([end.signal, end.milliseconds < 20_000]).toEqual(['SIGTERM', true]);
    await expect(response.text()).rejects.toBeDefined();
  });

  it.each([
    [['--rot', 'public'], "Unknown option '--rot'"],
    [['--listen', 'nowhere'], "listen must be a port, or host:port, not 'nowhere'"],
    [['--listen', '70000'], "listen must be a port, or host:port, not '70000'"],
    [['--worker', 'public/index.php,many'], "--worker must have a whole number, not 'many'"],
    [['--worker', 'none.php'], "'none.php' is missing or cannot be read"],
    [['--threads', '0'], 'Runtime.start(): threads must be'],
    [['--ini', 'precision'], "--ini must be key=value, not 'precision'"],
    [['--tls-key', 'key.pem'], '--tls-key and --tls-cert belong together'],
    [['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'], "the TLS file 'key.pem' cannot be read"],
    [['--config', 'none.json'], "config file 'none.json' is missing"],
    [['--config', 'public/file.txt'], "config file 'public/file.txt' cannot be read"],
    [['--root', 'nowhere'], "root 'nowhere' is missing or cannot be read"],
  ])('says in one sentence what is wrong: %j', async (args, message) => {
    const end = await serve([...args, ...(args[0] === '--listen' ? [] : anywhere)]).end;
    const lines = end.stdout.trim().split('\n');
    expect([end.code, lines.at(-1)]).toEqual([1, expect.stringContaining(message)]);
    expect(end.stdout).not.toContain('    at ');
  });

  it('says so when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const end = await serve(['--root', 'public', '--listen', `127.0.0.1:${port}`]).end;
    other.close();
    expect([end.code, end.stdout]).toEqual([
      1,
      expect.stringMatching(/php-sidekick: serve: cannot listen: .*EADDRINUSE/),
    ]);
  });

  it('is in the usage', async () => {
    const { stdout } = await new Child(cli, ['--help']).end;
    expect(stdout).toContain('php-sidekick serve [--root dir]');
  });
});
