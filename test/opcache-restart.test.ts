import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { run } from './support/child.js';
import { isSanitized } from './support/variant.js';

interface Told {
  readonly requests: number;
  readonly bad: number;
  readonly firstBad?: unknown;
  readonly restarts: number;
  readonly restarted: number;
  readonly resets: number;
  readonly failedAttempts: number;
  readonly failures: number;
  readonly putOff: readonly string[];
  readonly warnings: readonly string[];
}

// Sanitizers make everything slow: requests must have left PHP within the patience.
const patience = isSanitized ? 5000 : 500;

async function under(variant: string, seconds: number): Promise<Told> {
  const end = await run('opcache-restart.mjs', [variant, String(seconds), String(patience)], { bound: 100_000 });
  expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
  return JSON.parse(end.stdout) as Told;
}

// Trap 4: each of these ends a threaded process that runs stock PHP within some thousand requests.
describe('V13 opcache under load', () => {
  it.each(['reset', 'memory', 'files', 'invalidate', 'jit', 'workers', 'churn', 'preload', 'mixed'])(
    'restarts, every answer is right, and the process lives on: %s',
    { timeout: 120_000 },
    async (variant) => {
      const told = await under(variant, isSanitized ? 10 : 3);
      expect(told).toMatchObject({ bad: 0, failures: 0, warnings: [] });
      expect(told.requests).toBeGreaterThan(0);
      expect(told.restarts).toBeGreaterThan(0);
      // Each was the runtime's own doing, and told of; one more may come between the look at the numbers and the end.
      expect([told.restarts, told.restarts + 1]).toContain(told.restarted);
      if (['reset', 'jit', 'mixed'].includes(variant)) expect(told.resets).toBeGreaterThan(0);
    },
  );

  it.each([
    ['immortal', "worker 'immortal' did not leave PHP within"],
    ['endless', 'a request did not leave PHP within'],
  ])(
    'who never leaves keeps the cache in service, and every request is served: %s',
    { timeout: 120_000 },
    async (variant, why) => {
      const told = await under(variant, isSanitized ? 15 : 3);
      expect(told).toMatchObject({ bad: 0, failures: 0, restarts: 0 });
      expect(told.requests).toBeGreaterThan(0);
      expect(told.failedAttempts).toBeGreaterThan(0);
      expect(told.putOff[0]).toContain(why);
    },
  );
});

describe('V13 opcache_reset()', () => {
  it('takes effect for scripts started after it, and is counted', async () => {
    const root = mkdtempSync(join(tmpdir(), 'php-sidekick-reset-'));
    const php = await Runtime.start({
      threads: 1,
      ini: { 'opcache.validate_timestamps': 0, 'opcache.file_update_protection': 0 },
    });
    try {
      const app = await php.createScope({ name: 'reset', root });
      const ask = async (path: string) => (await app.fetch(new Request(`http://localhost/${path}`))).text();
      writeFileSync(join(root, 'reset.php'), '<?php var_export(opcache_reset());');
      writeFileSync(join(root, 'page.php'), '<?php echo "old";');
      expect(await ask('page.php')).toBe('old');
      writeFileSync(join(root, 'page.php'), '<?php echo "new";');
      expect(await ask('page.php')).toBe('old');
      expect(await ask('reset.php')).toBe('true');
      expect(await ask('page.php')).toBe('new');
      const { opcache } = php.status();
      expect(opcache).toMatchObject({ restarts: 0, waiting: false, failedAttempts: 0, resets: 1, full: false });
      expect(opcache.memoryBytes).toBe(256 * 1024 * 1024);
      expect(opcache.wastedBytes).toBeGreaterThan(0);
      expect(opcache.freeBytes).toBeLessThan(opcache.memoryBytes);
    } finally {
      await php.stop();
      rmSync(root, { recursive: true });
    }
  });
});
