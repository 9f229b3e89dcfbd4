import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture } from './support/modes.js';

const root = fixture('stream-select');
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 2, logger: silence });
  app = await php.createScope({
    name: 'a "quoted" \\ name',
    root,
    workers: [
      { file: join(root, 'worker.php'), name: 'http', num: 2 },
      { file: join(root, 'background.php'), name: 'waits', background: true, num: 1 },
    ],
  });
});
afterAll(() => php.stop());

/** name{labels} → value. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

it('metrics() is well-formed Prometheus text, and says what status() says', async () => {
  await ask(app, 'classic', { case: 'writable' });
  await ask(app, 'worker', { case: 'writable' });
  await expect.poll(() => php.status().threads.reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
  const text = php.metrics();
  expect(text).toMatch(
    /^(# HELP \w+ .+\n# TYPE \w+ (gauge|counter)\n(\w+(\{(\w+="([^"\\\n]|\\.)*",?)+\})? [\d.e+]+\n)*)+$/,
  );
  const found = samples(text);
  const scope = 'scope="a \\"quoted\\" \\\\ name"';
  expect(found.get('frankenphp_total_threads')).toBe(5);
  expect(found.get(`frankenphp_total_workers{${scope},worker="http"}`)).toBe(2);
  expect(found.get(`frankenphp_ready_workers{${scope},worker="waits"}`)).toBe(1);
  const served = [0, 1].map((at) => found.get(`sidekick_requests_total{${scope},worker="http",instance="${at}"}`));
  expect(served.reduce((sum, value) => sum! + value!)).toBe(1);
  expect(found.get('sidekick_vars_current_bytes')).toBe(php.status().vars.currentBytes);
  expect(found.get('sidekick_vars_current_bytes')).toBeGreaterThan(0);
  expect(found.get('sidekick_opcache_memory_bytes')).toBeGreaterThan(0);
});

it('every metric is in docs/metrics.md', async () => {
  const docs = await readFile(new URL('../docs/metrics.md', import.meta.url), 'utf8');
  const names = [...php.metrics().matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!);
  const missing = names.filter((name) => !docs.includes(name) && !docs.includes(name.replace('sidekick_opcache', '…')));
  expect(missing).toEqual([]);
});
