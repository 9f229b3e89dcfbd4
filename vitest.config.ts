import { defineConfig } from 'vitest/config';

// One process per test file (forks): a process can hold one PHP runtime, and a crash must not take other files along.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } }, // vitest's second is short on a busy machine
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
