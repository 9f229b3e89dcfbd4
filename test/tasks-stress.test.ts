import { expect, it } from 'vitest';
import { run } from './support/child.js';

// A few seconds of what `npm run test:tasks` does with a million.
it('K09 every sender gets its end, whoever cancels, crashes or closes; nothing is left', {
  timeout: 100_000,
}, async () => {
  const end = await run('tasks.mjs', ['20000'], { bound: 90_000 });
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0, signal: null });
  const seen = JSON.parse(end.stdout) as Record<string, number>;
  for (const what of ['done', 'aborted', 'cancelled']) expect(seen[what], what).toBeGreaterThan(0);
});
