import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { fixture, modes } from './support/modes.js';

const lines = new Lines();
const sessions = mkdtempSync(join(tmpdir(), 'sidekick-sessions-'));
const root = fixture('sessions');
let php: Runtime;
let app: Scope;

beforeAll(async () => {
  const ini = { display_errors: 0, log_errors: 1, 'session.save_path': sessions };
  php = await Runtime.start({ threads: 2, logger: lines, ini });
  // A request that waits for a lock is stopped.
  app = await php.createScope({
    name: 'sessions',
    root,
    requestTimeout: 2_000,
    workers: [{ file: `${root}/worker.php`, num: 2 }],
  });
});
afterAll(async () => {
  await php.stop();
  rmSync(sessions, { recursive: true });
});

describe.each(modes)('%s mode', (mode) => {
  const send = async (id: string, query = ''): Promise<[number, string]> => {
    const response = await app.fetch(new Request(`http://localhost/${mode}.php?id=${id}&${query}`));
    return [response.status, await response.text()];
  };

  it.each([
    ['write', 'throw', 0, 3],
    ['write', 'exit', 0, 3],
    ['write', 'caught', 0, 2], // within session_write_close(), where PHP itself leaves out close()
    ['close', 'throw', 1, 3],
    ['close', 'exit', 1, 3],
    ['output', 'throw', 1, 3],
    ['output', 'exit', 1, 3],
  ])(
    'W06 a session whose request fails in %s by %s is closed, and the next request has it',
    async (where, how, written, closes) => {
      const id = `${mode}-${where}-${how}`;
      expect(await send(id)).toEqual([200, '1']);
      expect(await send(id)).toEqual([200, '2']);
      lines.all.length = 0;
      await send(id, `where=${where}&how=${how}`);
      // On both threads at once: a lock that is left to either keeps the other waiting.
      const counts = await Promise.all([send(id), send(id)]);
      expect(counts.toSorted()).toEqual([
        [200, String(written + 3)],
        [200, String(written + 4)],
      ]);
      expect(lines.of(`close ${id}`).length).toBe(closes);
      if (how === 'throw') expect(lines.of(`thrown in ${where}`).length).toBeGreaterThan(0);
      expect(php.status().abandonedThreads).toBe(0);
    },
  );
});

it.each(['handler', 'output'])(
  'W06 a worker that has told a client of an exception in %s has not crashed when it ends in order',
  async (where) => {
    const workers = [{ file: `${root}/worker.php`, num: 1, maxRequests: 1 }];
    await using scope = await php.createScope({ name: where, root, workers });
    await scope.fetch(new Request(`http://localhost/worker.php?id=${where}&where=${where}&how=throw`));
    const generation = () => php.status().threads.find((thread) => thread.scope === where)?.generation;
    await expect.poll(generation).toBe(2);
    expect(lines.of('crashed').filter(({ fields }) => fields['scope'] === where)).toEqual([]);
  },
);
