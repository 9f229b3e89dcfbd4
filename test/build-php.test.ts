import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const { PATH = '' } = process.env;
const script = fileURLToPath(new URL('../scripts/build-php', import.meta.url));

// A real run each, in an environment that makes it stop early: no test here compiles PHP.
describe('build-php', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-php-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(args: string[], env: Record<string, string> = {}) {
    const { PHP_SOURCE: _, ...inherited } = process.env;
    const { status, stdout, stderr } = spawnSync(script, args, {
      env: { ...inherited, PHP_SIDEKICK_CACHE: join(folder, 'cache'), ...env },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  /** A PATH with every command of this machine but those named. */
  function pathWithout(...names: string[]) {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const hidden = new Set(names);
    for (const from of PATH.split(':').reverse()) {
      if (!existsSync(from)) continue;
      for (const name of execFileSync('ls', ['-A', from], { encoding: 'utf8' }).split('\n')) {
        if (!name || hidden.has(name)) continue;
        rmSync(join(bin, name), { force: true, recursive: true });
        symlinkSync(join(from, name), join(bin, name));
      }
    }
    return bin;
  }

  /** A command that answers like the real one would on another machine. */
  function pathWith(name: string, body: string) {
    const bin = join(folder, 'stubs');
    mkdirSync(bin);
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return `${bin}:${PATH}`;
  }

  const predicted = (env: Record<string, string> = {}) => run(['--print-prefix'], env).stdout.trim();

  it('prints where a build would be, makes nothing, and exits 3 while there is none', () => {
    const { status, stdout, stderr } = run(['--print-prefix', '--variant', 'asan']);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${folder}/cache/builds/php-8\\.4\\.\\d+-asan-[0-9a-f]{12}\n$`));
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  it('names another prefix for another variant, version or compiler', () => {
    const compiler = pathWith(
      'othercc',
      'case $1 in --version) echo othercc 1.0 ;; -dumpmachine) echo x86_64-linux ;; esac',
    );
    const prefixes = [
      run(['--print-prefix']),
      run(['--print-prefix', '--variant=tsan']),
      run(['--print-prefix', '--version', '8.2']),
      run(['--print-prefix'], { PATH: compiler, CC: 'othercc' }),
    ].map((result) => result.stdout);
    expect(new Set(prefixes).size).toBe(4);
  });

  it('does not take a build without its marker for a finished one', () => {
    const prefix = predicted();
    mkdirSync(join(prefix, 'lib'), { recursive: true });
    writeFileSync(join(prefix, 'lib/libphp.so'), 'half of it');
    expect(run(['--print-prefix']).status).toBe(3);
    writeFileSync(join(prefix, '.complete'), '');
    expect(run(['--print-prefix'])).toEqual({ status: 0, stdout: `${prefix}\n`, stderr: '' });
  });

  it('answers at once, with the prefix alone, when the build is there', () => {
    const prefix = predicted();
    mkdirSync(prefix, { recursive: true });
    writeFileSync(join(prefix, '.complete'), '');
    const from = process.hrtime.bigint();
    expect(run([])).toEqual({ status: 0, stdout: `${prefix}\n`, stderr: '' });
    expect(Number(process.hrtime.bigint() - from) / 1e9).toBeLessThan(2);
  });

  it('removes what an interrupted run left before it starts', () => {
    const left = join(folder, 'cache/tmp/release.abcdef/php');
    mkdirSync(left, { recursive: true });
    const { status, stderr } = run([], { PATH: pathWith('df', 'echo; echo - - - 1000000 - -') });
    expect(status).toBe(1);
    expect(stderr).toContain('removing what an interrupted run left: release.abcdef');
    expect(existsSync(left)).toBe(false);
  });

  it('says how much disk it needs when there is too little', () => {
    const { status, stdout, stderr } = run([], { PATH: pathWith('df', 'echo; echo - - - 1000000 - -') });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('a build needs about 3 GB of disk');
    expect(stderr).toContain('976 MB free');
    expect(stderr).toMatch(/log: .*\/cache\/logs\/php-8\.4-release\.log/);
  });

  it('names every missing tool at once and the command that installs them', () => {
    const path = pathWithout('cc', 'gcc', 'clang', 'cmake', 'apt-get', 'dnf', 'apk');
    const { status, stderr } = run([], { PATH: path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/PHP cannot be built without: (cc|gcc), cmake\./);
    expect(stderr).toContain('cmake gcc libc6-dev');
  });

  it('reports a compiler that cannot compile', () => {
    const { status, stderr } = run([], {
      PATH: pathWith('brokencc', 'echo "cannot find crt1.o" >&2; exit 1'),
      CC: 'brokencc',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('the compiler (brokencc) cannot build a program: cannot find crt1.o');
  });

  it('refuses a cache folder it cannot write to', () => {
    writeFileSync(join(folder, 'file'), '');
    const { status, stderr } = run([], { PHP_SIDEKICK_CACHE: join(folder, 'file/cache') });
    expect(status).toBe(1);
    expect(stderr).toContain(`cannot write to the cache folder ${folder}/file/cache (Not a directory)`);
    expect(stderr).toContain('Set PHP_SIDEKICK_CACHE');
  });

  it('refuses a cached source whose bytes are not the pinned ones', () => {
    const release = /php-(8\.4\.\d+)-/.exec(predicted())?.[1];
    const archive = join(folder, 'cache/sources', `php-${release}.tar.xz`);
    mkdirSync(dirname(archive), { recursive: true });
    writeFileSync(archive, 'not PHP');
    const { status, stderr } = run([]);
    expect(status).toBe(1);
    expect(stderr).toContain(`${archive} is not the file it should be.`);
    expect(stderr).toMatch(/expected SHA-256 [0-9a-f]{64}\n {2}got {6}SHA-256 [0-9a-f]{64}/);
  });

  it.each([
    ['does not exist', (at: string) => join(at, 'missing.tar.xz'), 'which does not exist'],
    [
      'is a damaged archive',
      (at: string) => {
        writeFileSync(join(at, 'php.tar.xz'), 'garbage');
        return join(at, 'php.tar.xz');
      },
      'not a PHP source archive, or a damaged one',
    ],
    [
      'is a folder of something else',
      (at: string) => {
        mkdirSync(join(at, 'other'));
        return join(at, 'other');
      },
      'not a PHP source folder',
    ],
    [
      'is another version',
      (at: string) => {
        mkdirSync(join(at, 'php/main'), { recursive: true });
        writeFileSync(join(at, 'php/main/php_version.h'), '#define PHP_VERSION "8.3.9"\n');
        return join(at, 'php');
      },
      'PHP_SOURCE holds PHP 8.3.9, but PHP 8.4 is to be built',
    ],
  ])('refuses a PHP_SOURCE that %s', (_title, make, message) => {
    const { status, stdout, stderr } = run([], { PHP_SOURCE: make(folder) });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('explains itself when no source can be reached', () => {
    const offline = pathWith('curl', 'echo "curl: (6) Could not resolve host" >&2; exit 6');
    const { status, stderr } = run([], { PATH: `${offline.split(':')[0]}:${pathWithout('apt-get', 'apt-cache')}` });
    expect(status).toBe(1);
    expect(stderr).toContain('not from www.php.net (curl: (6) Could not resolve host)');
    expect(stderr).toMatch(
      /no source of PHP 8\.4 could be had[\s\S]*Set PHP_SOURCE[\s\S]*or put php-8\.4\.\d+\.tar\.xz into/,
    );
  });

  it('refuses what it does not know', () => {
    expect(run(['--variant', 'fast']).stderr).toContain('unknown variant: fast (there are: release asan tsan)');
    expect(run(['--version', '7.4']).stderr).toContain('unknown version: 7.4 (there are: 8.4 8.2)');
    expect(run(['--speed']).stderr).toContain('unknown argument: --speed');
  });

  it('has a header in every patch: what, why, upstream, when to drop it', () => {
    const root = realpathSync(join(dirname(script), '..'));
    const patches = execFileSync('find', [join(root, 'php-src-patches'), '-name', '*.patch'], {
      encoding: 'utf8',
    }).split('\n');
    for (const patch of patches.filter(Boolean)) {
      const header = readFileSync(patch, 'utf8').split(/^--- /m)[0];
      for (const part of ['What:', 'Why:', 'Upstream:', 'Drop when:']) expect(header, patch).toContain(part);
    }
  });
});
