import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PhpValue, Runtime, type Scope, type WorkerLife, type WorkerOptions } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('background');
const file = join(root, 'worker.php');
const lines = new Lines();
let php: Runtime;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: lines });
});
afterAll(() => php.stop());

const background = (name: string, more: Partial<WorkerOptions> = {}): WorkerOptions => ({
  file,
  background: true,
  name,
  ...more,
});

async function withScope<T>(name: string, workers: readonly WorkerOptions[], use: (scope: Scope) => Promise<T>) {
  const scope = await php.createScope({ name, root, workers });
  try {
    return await use(scope);
  } finally {
    await scope.close();
  }
}

/** The first `count` events of a kind. */
function events(scope: Scope, kind: 'worker:crash' | 'worker:exit' | 'worker:start', count: number) {
  const seen: WorkerLife[] = [];
  return new Promise<WorkerLife[]>((resolve) => {
    scope.on(kind, (life) => {
      seen.push(life);
      if (seen.length === count) resolve(seen);
    });
  });
}

/** What an instance of the worker says about itself. */
async function reportOf(scope: Scope, name: string): Promise<Record<string, PhpValue>> {
  const vars = scope.vars<Record<string, PhpValue>>(name);
  await vars.ready();
  return vars.current!;
}

const threadsOf = (scope: string) => php.status().threads.filter((thread) => thread.scope === scope);

describe('a background worker', () => {
  it('L06 knows who it is: argv and $_SERVER', () =>
    withScope('who', [background('who', { num: 1, args: ['wait', 'x y', ''] })], async (scope) => {
      const vars = await reportOf(scope, 'who');
      expect(vars['argv']).toEqual([file, 'who', 'wait', 'x y', '']);
      expect(vars['argc']).toBe(5);
      expect({ ...(vars['server'] as object) }).toEqual({
        FRANKENPHP_WORKER_NAME: 'who',
        FRANKENPHP_WORKER_BACKGROUND: true,
        FRANKENPHP_SIDEKICK_NAME: 'who',
        SCRIPT_FILENAME: file,
      });
      expect(vars['sapi']).toBe('frankenphp');
    }));

  it('C10 has its own environment', () =>
    withScope('env', [background('env', { num: 1, env: { COLOUR: 'green' } })], async (scope) => {
      expect((await reportOf(scope, 'env'))['env']).toBe('green');
    }));

  it('C01 is refused requests', () =>
    withScope('refused', [background('refused', { num: 1 })], async (scope) => {
      const { refused } = await reportOf(scope, 'refused');
      expect(refused).toEqual(expect.stringContaining('frankenphp_handle_request()'));
    }));

  it('C05 has no execution time limit', () =>
    withScope('limit', [background('limit', { num: 1 })], async (scope) => {
      expect((await reportOf(scope, 'limit'))['limit']).toBe('0');
    }));

  it('C03 num: 3 runs three instances before createScope() resolves, which share one name', () =>
    withScope('three', [background('three', { num: 3 })], async (scope) => {
      const started = threadsOf('three').map(({ instance, kind, generation }) => [instance, kind, generation]);
      expect(started).toEqual([0, 1, 2].map((instance) => [instance, 'background', 1]));
      await expect.poll(() => threadsOf('three').every(({ state }) => state === 'ready')).toBe(true);
      await reportOf(scope, 'three');
      expect(scope.vars('three').version).toBe(1); // what all three publish is the same
    }));

  it('C03 num: 0 runs none until the name is asked for, then one', () =>
    withScope('lazy', [background('lazy')], async (scope) => {
      expect(threadsOf('lazy')).toEqual([]);
      await Promise.all([scope.ensure('lazy'), scope.vars('lazy').ready(), scope.ensure(['lazy'])]);
      expect(threadsOf('lazy').length).toBe(1);
    }));
});

describe('the worker handle', () => {
  it('H01 is one stream, the same at each call', () =>
    withScope('one', [background('one', { num: 1 })], async (scope) => {
      expect(await reportOf(scope, 'one')).toMatchObject({ type: 'stream', same: true, stop: false });
    }));

  it.each([
    ['wait', 'a blocking read'],
    ['select', 'stream_select()'],
    ['poll', 'frankenphp_sidekick_should_stop()'],
    ['timeouts', 'a read under every timeout there is'],
  ])('H02 %s: the end of the worker is seen by %s', async (how) => {
    const name = `ends-${how}`;
    const scope = await php.createScope({ name, root, workers: [background(name, { num: 1, args: [how] })] });
    const started = performance.now();
    await scope.close();
    expect(performance.now() - started).toBeLessThan(2_000);
    const said = lines.of('ends with').filter(({ fields }) => fields['worker'] === name);
    expect(said.map(({ message }) => message)).toEqual([expect.stringContaining('ends with false eof true')]);
  });

  it('H03 may be closed; the next call gives a fresh one', async () => {
    const scope = await php.createScope({
      name: 'closed',
      root,
      workers: [background('closed', { num: 1, args: ['closed'] })],
    });
    await expect.poll(async () => (await reportOf(scope, 'closed'))['fresh']).toBe(true);
    await scope.close();
    const said = lines.of('ends with').filter(({ fields }) => fields['worker'] === 'closed');
    expect(said.map(({ message }) => message)).toEqual([expect.stringContaining('ends with false')]);
  });
});

describe('the life of a worker', () => {
  it('L01 exit(0): it runs again, paced, and no failure is counted', () =>
    withScope('exit', [background('exit', { args: ['exit'] })], async (scope) => {
      const started = performance.now();
      const exits = events(scope, 'worker:exit', 4);
      const crashes: WorkerLife[] = [];
      scope.on('worker:crash', (life) => crashes.push(life));
      await scope.ensure('exit');
      expect((await exits).map(({ worker, generation }) => [worker, generation])).toEqual(
        [1, 2, 3, 4].map((generation) => ['exit', generation]),
      );
      expect(performance.now() - started).toBeGreaterThan(400); // 0, 100 and 400 ms in between
      expect(crashes).toEqual([]);
      expect(threadsOf('exit')[0]?.failures).toBe(0);
    }));

  it.each([
    ['status', 3, ''],
    ['throw', 255, 'no reason at all'],
    ['fatal', 255, 'must be of type int'],
    ['memory', 255, 'Allowed memory size of 8388608 bytes exhausted'],
    ['deep', 255, 'Maximum call stack size'],
  ])('L02 %s: it runs again, at once the first time; worker:crash and the log tell why', (how, exitStatus, message) =>
    withScope(`crash-${how}`, [background(how, { args: [how] })], async (scope) => {
      const crashes = events(scope, 'worker:crash', 3);
      await scope.ensure(how);
      const seen = await crashes;
      expect(seen.map(({ generation }) => generation)).toEqual([1, 2, 3]);
      for (const life of seen) {
        expect(life).toMatchObject({ worker: how, instance: 0, exitStatus });
        expect(life.error?.code).toBe('ERR_SIDEKICK_BOOT_FAILED');
        if (message === '') continue;
        expect(life.error?.lastError?.message).toContain(message);
        expect(life.error?.message).toContain(message);
      }
      const warnings = lines.all.filter(
        ({ level, fields }) => level === 'warn' && fields['event'] === 'worker:crash' && fields['worker'] === how,
      );
      expect(warnings.length).toBeGreaterThanOrEqual(3);
      expect(warnings[0]?.fields).toMatchObject({ exitStatus, scope: `crash-${how}` });
      // Others are not affected.
      expect(php.status().threads.filter(({ kind, state }) => kind === 'classic' && state === 'ready').length).toBe(1);
    }),
  );

  it('L05 closing a scope of parked workers takes under 500 ms', async () => {
    const names = Array.from({ length: 8 }, (_, number) => `parked-${number}`);
    const workers = names.map((name, at) => background(name, { num: 1, args: [at % 2 === 0 ? 'wait' : 'select'] }));
    const scope = await php.createScope({ name: 'parked', root, workers });
    const started = performance.now();
    await scope.close();
    expect(performance.now() - started).toBeLessThan(500);
    expect(threadsOf('parked')).toEqual([]);
  });

  it('L05 also during the delay before another try', async () => {
    const scope = await php.createScope({ name: 'delay', root, workers: [background('delay', { args: ['throw'] })] });
    const crashes = events(scope, 'worker:crash', 4);
    await scope.ensure('delay');
    await crashes;
    await expect.poll(() => threadsOf('delay')[0]?.state).toBe('backoff');
    const started = performance.now();
    await scope.close();
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('C05 after so many failures in a row a worker is given up, and E11 the next call starts it anew', () =>
    withScope('given-up', [background('up', { args: ['throw'], maxConsecutiveFailures: 2 })], async (scope) => {
      const failed = new Promise<WorkerLife>((resolve) => scope.once('worker:failed', resolve));
      await scope.ensure('up'); // it publishes before it throws
      expect(await failed).toMatchObject({ worker: 'up', exitStatus: 255 });
      await expect.poll(() => threadsOf('given-up')).toEqual([]);
      const again = events(scope, 'worker:start', 1);
      await scope.ensure('up');
      expect(threadsOf('given-up').length + (await again).length).toBeGreaterThan(0);
    }));
});
