import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './support/child.js';
import { fixture } from './support/modes.js';
import { isSanitized } from './support/variant.js';

// node exports functions of the C library (which ones depends on how it was built): those it overrides or whose address
// it takes. Binding to them is binding to the C library.
function symbolsOfTheCLibrary(): Set<string> {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const libraries = new Set(maps.match(/\/\S*\/lib(?:c|m|pthread|dl)[-.]\S*so\S*/g));
  const listing = [...libraries].map((file) =>
    execFileSync('nm', ['-D', '--defined-only', file], { encoding: 'utf8' }),
  );
  return new Set(listing.join('\n').match(/(?<= )[\w]+(?=@|$)/gm));
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-bindings-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The dynamic linker's own report: which symbol of which library is bound to which. */
async function bindingsOf(reports: readonly string[]): Promise<{ from: string; to: string; symbol: string }[]> {
  const line = /binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'/;
  const bindings = [];
  for (const report of reports) {
    for (const text of (await readFile(join(folder, report), 'latin1')).split('\n')) {
      const found = line.exec(text);
      if (found !== null) bindings.push({ from: basename(found[1]!), to: basename(found[2]!), symbol: found[3]! });
    }
  }
  return bindings;
}

// Trap 3: node exports its own OpenSSL, zlib, nghttp2 and more, and a library loaded later would bind to them.
describe('libphp', () => {
  it.skipIf(isSanitized)('binds nothing of its libraries to the copies in the node binary', async () => {
    const env = { LD_DEBUG: 'bindings', LD_BIND_NOW: '1', LD_DEBUG_OUTPUT: join(folder, 'ld') };
    const end = await run('one-script.mjs', [fixture('bindings'), 'use.php'], { env });
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(end.stdout)).toMatchObject({
      signature: 1,
      cipher: 'text',
      zlib: true,
      inflate: 'text',
      curl: true,
      sqlite: 42,
      xml: 'c',
    });

    const bindings = await bindingsOf(await readdir(folder));
    const ours = bindings.filter(({ from }) => from === 'libphp.so' || from === 'php_sidekick.node');
    expect(ours.filter(({ from }) => from === 'libphp.so').length).toBeGreaterThan(300);
    const node = basename(process.execPath);
    const toNode = ours.filter(({ to }) => to === node);
    const ofTheCLibrary = symbolsOfTheCLibrary();
    const foreign = toNode.filter(({ from, symbol }) => {
      if (ofTheCLibrary.has(symbol)) return false;
      // The addon is there to call Node-API, and shares the C++ runtime's operators with node.
      return !(from === 'php_sidekick.node' && /^(?:napi_|node_api_|uv_|_Z|__cxa_|__gxx_)/.test(symbol));
    });
    expect(foreign).toEqual([]);
    expect(toNode.some(({ symbol }) => symbol === 'napi_create_function')).toBe(true); // the report was understood
  });

  it('sees the environment, and so do the children of scripts', async () => {
    const env = { SIDEKICK_SEEN: 'seen by all' };
    const end = await run('one-script.mjs', [fixture('bindings'), 'environment.php'], { env });
    expect(end, end.stderr).toMatchObject({ code: 0 });
    const seen = 'seen by all';
    expect(JSON.parse(end.stdout)).toEqual({
      getenv: seen,
      all: seen,
      proc_open: seen,
      shell_exec: seen,
      path: process.env['PATH'],
    });
  });
});
