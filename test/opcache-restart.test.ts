import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { run } from './support/child.js';

// Trap 4: each of these ends a threaded process that runs stock PHP within some thousand requests.
describe('V13 opcache under load', () => {
  // reset: opcache_reset(); memory: more code than it has memory for; files: more files than its table holds.
  it.each(['reset', 'memory', 'files'])(
    'every answer is right and the process lives on: %s',
    { timeout: 120_000 },
    async (mode) => {
      const end = await run('opcache-restart.mjs', [mode], { bound: 100_000 });
      expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
      const { requests, wrong, full } = JSON.parse(end.stdout) as Record<string, number>;
      expect({ requests, wrong }).toEqual({ requests: 20_000, wrong: 0 });
      // Only what fills the cache must be told of; resets by the hundred waste memory too, and may come to it.
      if (mode !== 'reset') expect(full).toBeGreaterThan(0);
    },
  );

  it('opcache_reset() takes effect for scripts started after it', async () => {
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
    } finally {
      await php.stop();
      rmSync(root, { recursive: true });
    }
  });
});
