import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('programs/ends.mjs', import.meta.url));
const TIMES = 20;

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly milliseconds: number;
  readonly stderr: string;
}

function run(mode: string): Promise<End> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, [program, mode], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const bound = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.on('close', (code, signal) => {
      clearTimeout(bound);
      resolve({ code, signal, milliseconds: performance.now() - started, stderr });
    });
  });
}

// Traps 5 and 6: the process ends while PHP threads are busy, in every way a program can end.
describe('J09 the process ends without a crash, a hang or a thread left', () => {
  it.each([
    ['exit', 3, 'process.exit() during requests'],
    ['throw', 1, 'an uncaught exception'],
    ['natural', 0, 'nothing left to do'],
    ['stop', 0, 'stop() during requests'],
    ['workers-exit', 0, 'two worker_threads that leave everything open'],
    ['workers-stop', 0, 'two worker_threads that close what they opened'],
    ['exit-with-workers', 7, 'process.exit() while two worker_threads use PHP'],
  ])(
    `%s: exit code %i by %s, ${TIMES} times`,
    async (mode, code) => {
      for (let time = 0; time < TIMES; time++) {
        const end = await run(mode);
        expect(end, `run ${time}: ${end.stderr}`).toMatchObject({ code, signal: null });
      }
    },
    TIMES * 5_000,
  );

  it('kill: SIGTERM without a handler ends it as any program', async () => {
    expect(await run('kill')).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});
