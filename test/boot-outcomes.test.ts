// What whoever asks for a worker is told when the worker does not boot as it should, and after what time: from the boot
// of an HTTP worker, from a request in both modes, from another background worker, from JavaScript.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope, type SidekickError, type WorkerLife } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture } from './support/modes.js';

const root = fixture('boot-outcomes');
const file = join(root, 'outcome.php');
const callers = ['boot', 'classic', 'worker', 'background', 'JavaScript'] as const;
type Caller = (typeof callers)[number];

interface Told {
  readonly result?: null;
  readonly error?: string;
  readonly message?: string;
  readonly seconds: number;
  readonly runs: number;
}

let php: Runtime;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekick-outcomes-'));
  php = await Runtime.start({ threads: 1, logger: silence });
});
afterAll(async () => {
  await php.stop();
  await rm(folder, { recursive: true });
});

let scopes = 0;
interface Question {
  readonly outcome: string;
  readonly caller: Caller;
  /** Milliseconds. Default: the runtime's. */
  readonly timeout?: number;
  readonly maxConsecutiveFailures?: number;
}

/** A scope whose worker 'target' has that outcome, with whoever asks for it. */
async function open({ outcome, caller, timeout, maxConsecutiveFailures = 6 }: Question) {
  const name = `outcome-${++scopes}`;
  const runs = join(folder, name);
  const asks = { NAME: 'target', ...(timeout === undefined ? {} : { TIMEOUT: String(timeout / 1000) }) };
  const target = {
    file,
    background: true,
    name: 'target',
    maxConsecutiveFailures,
    env: { OUTCOME: outcome, RUNS: runs },
  };
  const asker = {
    boot: [{ file: join(root, 'boots.php'), num: 1, env: asks }],
    classic: [],
    worker: [{ file: join(root, 'worker.php'), num: 1 }],
    background: [{ file: join(root, 'asks.php'), background: true, name: 'asks', env: asks }],
    JavaScript: [],
  };
  const scope = await php.createScope({ name, root, stopTimeout: 50, workers: [target, ...asker[caller]] });
  return { scope, runs };
}

async function askBy(scope: Scope, { caller, timeout }: Question): Promise<Omit<Told, 'runs'>> {
  if (caller === 'boot') return ask(scope, 'boots');
  if (caller === 'background') {
    await scope.vars('asks').ready();
    return { ...(scope.vars('asks').current as object) } as Told;
  }
  if (caller !== 'JavaScript') {
    return ask(scope, caller, { name: 'target', ...(timeout === undefined ? {} : { timeout: `${timeout / 1000}` }) });
  }
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  return scope.ensure('target', timeout === undefined ? {} : { timeout }).then(
    () => ({ result: null, seconds: seconds() }),
    ({ code, message }: SidekickError) => ({ error: code, message, seconds: seconds() }),
  );
}

async function tell(question: Question): Promise<Told> {
  const { scope, runs } = await open(question);
  try {
    const told = await askBy(scope, question);
    return { ...told, runs: (await readFile(runs)).length };
  } finally {
    await scope.close();
  }
}

const failed = (caller: Caller) => (caller === 'JavaScript' ? 'ERR_SIDEKICK_BOOT_FAILED' : 'RuntimeException');
const late = (caller: Caller) => (caller === 'JavaScript' ? 'ERR_SIDEKICK_TIMEOUT' : 'RuntimeException');
const crash = (status: number, attempt: number, what: string, line: number) =>
  `worker 'target' (${file}) failed to boot with exit status ${status} (attempt ${attempt}): ${what} in ${file}:${line}`;
const thrown = (attempt: number, what = 'no settings', line = 8) => {
  const trace = `${file}:${line}\nStack trace:\n#0 {main}\n  thrown`; // PHP's own words
  return crash(255, attempt, `Uncaught LogicException: ${what} in ${trace}`, line);
};
const timeout = "timeout waiting for background worker 'target' to be ready: 'target'";

describe('a worker that crashes at boot', () => {
  it('E07 fails the boot of an HTTP worker at its first failure, with all there is to know', async () => {
    const told = await tell({ outcome: 'throws', caller: 'boot' });
    expect(told).toMatchObject({ error: 'RuntimeException', message: thrown(1) });
    expect(told.seconds).toBeLessThan(5);
  });

  const patient = callers.filter((caller) => caller !== 'boot');
  it.each(patient)('E08 asked for by %s, is tried as often as it may be, and then all is told', async (caller) => {
    const told = await tell({ outcome: 'throws', caller, maxConsecutiveFailures: 3 });
    expect(told).toMatchObject({ error: failed(caller), message: thrown(3), runs: 3 });
    expect(told.seconds).toBeGreaterThanOrEqual(0.1); // the third try comes 100 ms after the second
    expect(told.seconds).toBeLessThan(10);
  });

  it('L02 is tried six times if nothing else is said: 0, 100, 400, 900 and 1000 ms between the tries', async () => {
    const told = await tell({ outcome: 'throws', caller: 'classic' });
    expect(told).toMatchObject({ error: 'RuntimeException', message: thrown(6), runs: 6 });
    expect(told.seconds).toBeGreaterThanOrEqual(2.3); // 0 + 0.1 + 0.4 + 0.9 + 1, less the first, which is at once
    expect(told.seconds).toBeLessThan(20);
  });

  it.each(patient)('E08 by an exit status, asked for by %s: the status and the last warning', async (caller) => {
    const told = await tell({ outcome: 'warns and exits 3', caller, maxConsecutiveFailures: 1 });
    expect(told).toMatchObject({ error: failed(caller), message: crash(3, 1, 'nothing to work with', 10) });
  });

  it.each(patient)('E07 a few times, asked for by %s: nobody is told, it is waited for', async (caller) => {
    expect(await tell({ outcome: 'throws twice', caller })).toMatchObject({ result: null, runs: 3 });
  });

  it('E07 a few times, asked for in the boot of an HTTP worker: the first time is told', async () => {
    const message = thrown(1, 'no settings yet', 14);
    expect(await tell({ outcome: 'throws twice', caller: 'boot' })).toMatchObject({
      error: 'RuntimeException',
      message,
    });
  });

  it.each(patient)('E08 for ever, asked for by %s: a timeout tells of the last time', async (caller) => {
    const told = await tell({ outcome: 'throws', caller, timeout: 700, maxConsecutiveFailures: -1 });
    expect(told.error).toBe(late(caller));
    expect(told.message).toMatch(`${timeout} `);
    const before = /; before, (worker 'target' .*\(attempt (\d+)\).*)$/s.exec(told.message!);
    expect(before?.[1]).toBe(thrown(Number(before?.[2])));
    expect(told.seconds).toBeGreaterThanOrEqual(0.69);
    expect(told.seconds).toBeLessThan(5);
  });
});

describe('a worker that crashes after it was ready', () => {
  it.each(callers)('E09 asked for by %s: it was ready', async (caller) => {
    const told = await tell({ outcome: 'is ready, then throws', caller, maxConsecutiveFailures: -1 });
    expect(told).toMatchObject({ result: null });
    expect(told.seconds).toBeLessThan(5);
  });

  it('E09 stays ready, whatever comes of its next boots', async () => {
    const question = {
      outcome: 'is ready once, then never again',
      caller: 'classic',
      maxConsecutiveFailures: -1,
    } as const;
    const { scope } = await open(question);
    const crashes = new Promise<void>((resolve) => {
      let left = 4;
      scope.on('worker:crash', () => --left === 0 && resolve());
    });
    expect(await askBy(scope, question)).toMatchObject({ result: null });
    await crashes;
    for (const caller of ['classic', 'JavaScript'] as const) {
      expect(await askBy(scope, { ...question, caller, timeout: 10 })).toMatchObject({ result: null });
    }
    await scope.close();
  });

  it('E11 is free again after it was given up: whoever asks next starts it anew', async () => {
    const question = { outcome: 'is ready, then throws', caller: 'worker', maxConsecutiveFailures: 2 } as const;
    const { scope, runs } = await open(question);
    for (const round of [1, 2]) {
      const given = new Promise<WorkerLife>((resolve) => scope.once('worker:failed', resolve));
      expect(await askBy(scope, question)).toMatchObject({ result: null });
      expect(await given).toMatchObject({ worker: 'target', exitStatus: 255, generation: 2 });
      expect((await readFile(runs)).length).toBe(2 * round);
    }
    await scope.close();
  });
});

describe('a worker that exits 0 at once', () => {
  it.each(callers)('L01 asked for by %s: no failure, so it is waited for until the deadline', async (caller) => {
    const told = await tell({ outcome: 'exits 0', caller, timeout: 700, maxConsecutiveFailures: 1 });
    expect(told.error).toBe(late(caller));
    expect(told.message).toMatch(`${timeout} `);
    expect(told.message).toMatch(/neither called|ended without having called/);
    expect(told.message).not.toContain('before,');
    expect(told.seconds).toBeGreaterThanOrEqual(0.69);
    expect(told.seconds).toBeLessThan(5);
    expect(told.runs).toBeGreaterThan(1);
    expect(told.runs).toBeLessThan(6); // after 0, 100, 400, 900 ms
  });
});

describe('a worker that hangs', () => {
  it.each(callers)('E08 asked for by %s: the deadline, and what it has not done', async (caller) => {
    const told = await tell({ outcome: 'hangs', caller, timeout: 300 });
    expect(told).toMatchObject({
      error: late(caller),
      message: `${timeout} runs, but has neither called frankenphp_set_vars() nor waited on its handle`,
      runs: 1,
    });
    expect(told.seconds).toBeGreaterThanOrEqual(0.29);
    expect(told.seconds).toBeLessThan(5);
  });
});
