import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Runtime, type WorkerOptions } from '../lib/index.js';
import { silence } from './support/loggers.js';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-global-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('C03 an eager worker of the runtime that does not boot fails its start, which may be tried again', async () => {
  const file = join(folder, 'background.php');
  const workers: WorkerOptions[] = [{ file, background: true, name: 'a', num: 1 }];
  writeFileSync(file, '<?php exit(3);');
  await expect(Runtime.start({ threads: 1, logger: silence, workers })).rejects.toMatchObject({
    code: 'ERR_SIDEKICK_BOOT_FAILED',
    attempts: 6,
    exitStatus: 3,
  });
  writeFileSync(file, '<?php frankenphp_set_vars([]); fgets(frankenphp_get_worker_handle());');
  const php = await Runtime.start({ threads: 1, logger: silence, workers });
  expect(php.status().threads.map(({ worker, state }) => [worker, state])).toContainEqual(['a', 'ready']);
  await php.stop();
});
