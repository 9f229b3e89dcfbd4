import { describe, expect, it } from 'vitest';
import { run } from './support/child.js';
import { fixture } from './support/modes.js';

const TIMES = 20;

// Trap 5, where process-end.test.ts leaves off: what PHP is in does not end by itself.
describe('J09 process.exit()', () => {
  it.each([
    ['requests', 'while HTTP workers compute and sleep in requests'],
    ['background', 'while a background worker is blocked in sleep(60)'],
  ])(
    `%s: ends within its bound %s, ${TIMES} times`,
    async (mode) => {
      const milliseconds: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const end = await run('exit-busy.mjs', [fixture('exit-busy'), mode], { bound: 20_000 });
        expect(end, `run ${time}: ${end.stderr}`).toMatchObject({ code: 5, signal: null });
        milliseconds.push(end.milliseconds);
      }
      expect(Math.max(...milliseconds)).toBeLessThan(10_000);
    },
    TIMES * 10_000,
  );
});
