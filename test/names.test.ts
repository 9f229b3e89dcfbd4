import { expect, it } from 'vitest';
import { run } from './support/child.js';

// The short version; `npm run test:names` is the long one.
it('E02 64 names asked for by 16 threads at once, with random crashes: one pool each, all answered, nothing left', async () => {
  const rounds = 20;
  const end = await run('names.mjs', [String(rounds)], { bound: 120_000 });
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  const seen = JSON.parse(end.stdout) as Record<'ready' | 'failed' | 'crashes', number> & Record<string, unknown>;
  expect(seen['wrong']).toEqual([]);
  expect(seen.ready + seen.failed).toBe((rounds * (16 + 2) + 3) * 64);
  expect(seen.crashes).toBeGreaterThan(64);
  expect(seen['after']).toEqual(seen['before']);
}, 150_000);
