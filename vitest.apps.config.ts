import { defineConfig } from 'vitest/config';

// Real applications: slower, and with more around them than the suite of `npm test`.
export default defineConfig({
  test: {
    include: ['test/apps/**/*.apps.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
