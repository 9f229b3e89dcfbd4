import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './support/child.js';
import { fixture } from './support/modes.js';
import { isSanitized } from './support/variant.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-resources-'));
});
afterAll(() => rm(folder, { recursive: true }));

// Trap 15: what fails in native code becomes an error of ours, whatever it is and wherever it happens.
describe('when the system has no more', () => {
  // UBSan looks at an object's type through a pipe of its own, and without a descriptor takes every type for wrong.
  it.skipIf(isSanitized)('descriptors: errors that say so, and all is well once there are some again', async () => {
    const end = await run('no-descriptors.mjs', [fixture('no-descriptors')], { shell: 'ulimit -n 64; exec "$@"' });
    expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
    const lines = end.stdout.trim().split('\n');
    const outcomes = new Map(lines.map((line) => JSON.parse(line) as [string, string]));
    expect(outcomes.get('start without descriptors')).toMatch(/^ERR_SIDEKICK_NATIVE: /);
    expect(outcomes.get('start')).toBe('started');
    expect(outcomes.get('classic')).toBe('200 classic');
    expect(outcomes.get('cached worker without descriptors')).toBe('200 worker');
    expect(outcomes.get('background without descriptors')).toMatch(/^ERR_SIDEKICK_BOOT_FAILED: .*Too many open files/);
    expect(outcomes.get('scope without descriptors')).toMatch(/^ERR_SIDEKICK_BOOT_FAILED: .*Too many open files/);
    expect(outcomes.get('classic again')).toBe('200 classic');
    expect(outcomes.get('background again')).toBe('ready');
    expect(outcomes.get('stopped')).toBe('stopped');
  });

  // A real limit would not bind root, and other processes of the user would count: pthread_create() is made to fail.
  it('threads: errors that say so, with any number too few', async () => {
    const library = join(folder, 'no-threads.so');
    const source = fileURLToPath(new URL('support/no-threads.c', import.meta.url));
    await promisify(execFile)('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
    const preload = process.env['LD_PRELOAD'] ? `${process.env['LD_PRELOAD']} ${library}` : library;
    const end = await run('no-threads.mjs', [fixture('exit-busy')], { env: { LD_PRELOAD: preload } });
    expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
    const outcomes = end.stdout.trim().split('\n');
    const enough = outcomes.findIndex((outcome) => / quick$/.test(outcome));
    expect(enough).toBeGreaterThan(3); // a main thread, a classic one and the worker's two
    for (const outcome of outcomes.slice(0, enough)) {
      expect(outcome).toMatch(/^\d+ ERR_SIDEKICK_(?:NATIVE|BOOT_FAILED): .*thread/);
    }
    for (const outcome of outcomes.slice(enough)) expect(outcome).toMatch(/ quick$/);
  });
});
