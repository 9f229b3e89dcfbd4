import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { run } from './support/child.js';
import { isSanitized } from './support/variant.js';

interface Result {
  readonly results: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, { readonly median: number }>>>>>
  >;
  readonly acceptance: readonly { readonly line: string }[];
}

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sidekick-bench-http-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Figures of such a short run mean nothing; that there are any, for all that can be measured anywhere, does.
it.skipIf(isSanitized)(
  'the HTTP benchmark measures each server on the pages it has',
  { timeout: 300_000 },
  async () => {
    const json = join(folder, 'http.json');
    const args = ['--smoke', '--only', 'hello,app', '--json', json];
    const end = await run(`${project}bench/http/main.mjs`, args, { bound: 290_000 });
    expect(end.code, end.stderr).toBe(0);
    const { results, acceptance } = JSON.parse(readFileSync(json, 'utf8')) as Result;
    for (const row of ['php-sidekick, worker', 'php-sidekick, classic']) {
      for (const section of ['hello', 'app']) {
        const cells = results[section]![row]!;
        expect(Object.keys(cells)).toEqual(['requests/s', 'p50', 'p99', 'CPU/request', 'memory']);
        expect(cells['requests/s']!.median).toBeGreaterThan(0);
      }
    }
    expect(results['hello']).toHaveProperty('node:http alone');
    expect(results['app']).not.toHaveProperty('node:http alone');
    expect(acceptance.map(({ line }) => line)).toContain('hello, php-sidekick, worker, beside node:http alone');
    expect(end.stdout).toContain('acceptance');
  },
);
