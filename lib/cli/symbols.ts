// Which symbols libphp takes from the node binary. node exports its own OpenSSL, zlib and more; a libphp that was built
// with everything inside (docs/building-php.md) takes nothing of that, and functions of the C library at most, which
// node passes on.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** The names, sorted; a child process loads the addon under the eyes of the dynamic linker. */
export async function foreignBindings(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'php-sidekick-symbols-'));
  try {
    const binding = JSON.stringify(new URL('../binding.js', import.meta.url).href);
    const program = `import(${binding}).then(({ binding }) => binding())`;
    await promisify(execFile)(process.execPath, ['-e', program], {
      env: { ...process.env, LD_DEBUG: 'bindings', LD_BIND_NOW: '1', LD_DEBUG_OUTPUT: join(folder, 'ld') },
    });
    const reports = await readdir(folder);
    const texts = await Promise.all(reports.map((report) => readFile(join(folder, report), 'latin1')));
    const node = basename(process.execPath);
    const names = new Set<string>();
    for (const [, from, to, symbol] of texts
      .join('\n')
      .matchAll(/binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'/g)) {
      if (basename(from!) === 'libphp.so' && basename(to!) === node) names.add(symbol!);
    }
    const known = await libraryOfC();
    return [...names].filter((name) => !known.some((bytes) => bytes.includes(`${name}\0`))).sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The C library's files: the names of its symbols end with a NUL byte in them, and share their endings. */
async function libraryOfC(): Promise<Buffer[]> {
  const maps = await readFile('/proc/self/maps', 'utf8');
  const files = new Set(maps.match(/\/\S*\/lib(?:c|m|pthread|dl)[-.]\S*so\S*/g));
  return Promise.all([...files].map((file) => readFile(file)));
}
