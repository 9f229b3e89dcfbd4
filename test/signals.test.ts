import { expect, it } from 'vitest';
import { Child } from './support/child.js';
import { fixture } from './support/modes.js';

// Trap 16: PHP's own signal handling would take Node's handlers away with the first request.
it("Node's signal handlers fire while PHP runs, and PHP's threads never see those signals", async () => {
  const child = new Child('signals.mjs', [fixture('signals')]);
  await child.printed('serving');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
    process.kill(child.process.pid!, signal);
    await child.printed(`caught ${signal}`);
  }
  const end = await child.end;
  expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
  expect(end.stdout).toContain('served true, wrong 0');
});
