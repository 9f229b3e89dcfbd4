import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { run } from './support/child.js';
import { isSanitized } from './support/variant.js';

interface Cell {
  readonly median: number;
  readonly min: number;
  readonly rounds: number;
}

interface Result {
  readonly results: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Cell>>>>>>;
  readonly acceptance: readonly { readonly line: string; readonly measured: string }[];
}

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sidekick-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const payloads = ['p1', 'p2', 'p3', 'p4', 'p5'];

// Figures of such a short run mean nothing; that there are any, for all that can be measured anywhere, does. The peers
// are extensions of the release build.
it.skipIf(isSanitized)(
  'the benchmark measures every payload by every way, and judges the result',
  { timeout: 300_000 },
  async () => {
    const json = join(folder, 'copy.json');
    const chart = join(folder, 'copy.svg');
    const end = await run(`${project}bench/copy/main.mjs`, ['--smoke', '--json', json, '--chart', chart], {
      bound: 290_000,
    });
    expect(end.code, end.stderr).toBe(0);
    const { results, acceptance } = JSON.parse(readFileSync(json, 'utf8')) as Result;
    for (const section of ['unchanged', 'first', 'changed', 'publish', 'js publish', 'js unchanged', 'js changed']) {
      for (const [row, cells] of Object.entries(results[section]!)) {
        expect(Object.keys(cells), `${section}: ${row}`).toEqual(payloads);
        for (const { median } of Object.values(cells)) expect(Number.isFinite(median), `${section}: ${row}`).toBe(true);
      }
      expect(results[section]).toHaveProperty('php-sidekick');
    }
    for (const peer of ['empty internal call', 'opcache include', "FrankenPHP's way", 'sysvshm']) {
      expect(Object.keys(results['unchanged']!)).toContain(peer);
    }
    expect(acceptance.filter(({ measured }) => measured === 'not measured')).toEqual([]);
    expect(end.stdout).toContain('acceptance');
    expect(readFileSync(chart, 'utf8')).toMatch(/^<svg .*php-sidekick.*<\/svg>\n$/s);
  },
);
