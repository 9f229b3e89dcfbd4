import { describe, expect, it } from 'vitest';
import { run } from './support/child.js';

// A few seconds of what `npm run test:stress` does for ten minutes.
describe('V03 under everything at once', () => {
  it.each([
    ['as in production', {}],
    ['with every released snapshot out of reach', { PHP_SIDEKICK_GUARD_SNAPSHOTS: '1' }],
  ])('nothing is torn, lost or kept: %s', { timeout: 120_000 }, async (_configuration, env) => {
    const end = await run('stress.mjs', ['4'], { bound: 110_000, env });
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0, signal: null });
    const counts = JSON.parse(end.stdout.trim().split('\n').at(-1)!) as Record<string, number>;
    for (const what of ['reads', 'javascript', 'crashes', 'exits', 'scopes'])
      expect(counts[what], what).toBeGreaterThan(0);
  });
});
