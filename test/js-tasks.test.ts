// Tasks between JavaScript and JavaScript: the JavaScript side of both directions, without PHP's.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumCase, Runtime, type Scope, type TaskServer } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;
const servers: TaskServer[] = [];
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
  app = await php.createScope({
    name: 'js-tasks',
    root: fixture('messages'),
    workers: [{ file: `${fixture('messages')}/worker.php`, background: true, name: 'declared' }],
  });
});
afterAll(() => php.stop());

const gate = () => {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};
const serve: Scope['onTask'] = (...args) => {
  const server = app.onTask(...args);
  servers.push(server);
  return server;
};

describe('sendTask()', () => {
  it('J04 iterates over the updates in order; result is the last one', async () => {
    serve('counter', async function* ({ to }: { to: number }) {
      for (let at = 1; at <= to; at++) yield { at };
      return { done: true };
    } as never);
    const task = app.sendTask('counter', { to: 40 });
    const seen: unknown[] = [];
    for await (const update of task) seen.push(update);
    expect(seen).toEqual([...Array.from({ length: 40 }, (_, at) => ({ at: at + 1 })), { done: true }]);
    expect(await task.result).toEqual({ done: true });
    expect(await app.sendTask('counter', { to: 100 }).result).toEqual({ done: true });
  });

  it('J04 result alone takes the updates, also when it is asked for later', async () => {
    serve('later', async function* () {
      for (let at = 0; at < 30; at++) yield [at];
    });
    const task = app.sendTask('later', {});
    await sleep(20);
    expect(await task.result).toEqual([29]);
    serve('silent', () => undefined);
    expect(await app.sendTask('silent', []).result).toBeNull();
  });

  it('J04 values cross as vars do', async () => {
    serve('echo', (payload) => payload as object);
    for (const value of [
      {},
      { a: 'häß\0', b: [1, 2.5, null, true] },
      [new EnumCase('A\\B', 'C')],
      { deep: { '': 1 } },
    ]) {
      expect(await app.sendTask('echo', value).result).toEqual(value);
    }
    const many = await Promise.all(
      Array.from({ length: 300 }, (_, at) => app.sendTask('echo', { at, text: 'ö'.repeat(at % 7) }).result),
    );
    expect(many).toEqual(many.map((_, at) => ({ at, text: 'ö'.repeat(at % 7) })));
    expect(() => app.sendTask('echo', { f() {} })).toThrow(
      expect.objectContaining({
        code: 'ERR_SIDEKICK_VALUE',
        path: 'f',
        message: expect.stringMatching(/^cannot send/),
      }),
    );
    expect(() => app.sendTask('echo', 1 as never)).toThrow(expect.objectContaining({ code: 'ERR_SIDEKICK_VALUE' }));
  });

  it('J04 a loop takes its time: the sender of updates waits for it', async () => {
    let made = 0;
    serve('eager', async function* () {
      for (; made < 100; made++) yield [made];
    });
    const iterator = app.sendTask('eager', {})[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual([0]);
    await sleep(50);
    expect(made).toBeLessThan(20);
    let count = 1;
    while (!(await iterator.next()).done) count++;
    expect(count).toBe(100);
  });

  it('J04 leaving the loop cancels: the handler is told, and result rejects', async () => {
    const ended = gate();
    let aborted = false;
    serve('endless', async function* (_, { signal }) {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      try {
        for (let at = 0; ; at++) yield [at];
      } finally {
        ended.open();
      }
    });
    const task = app.sendTask('endless', {});
    for await (const update of task) if ((update as number[])[0] === 3) break;
    await ended.opened;
    expect(aborted).toBe(true);
    await expect(task.result).rejects.toMatchObject({ code: 'ERR_SIDEKICK_TASK_ABORTED' });
  });

  it('J04 a signal ends a task with its reason, whenever it is aborted', async () => {
    const started = gate();
    const told = gate();
    serve('waits', async (_, { signal }) => {
      started.open();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      told.open();
    });
    const controller = new AbortController();
    const { result } = app.sendTask('waits', {}, { signal: controller.signal });
    await started.opened;
    controller.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    await told.opened;
    const before = app.sendTask('waits', {}, { signal: AbortSignal.abort('never') });
    await expect(before.result).rejects.toBe('never');
  });

  it('J04 a task that no queue takes in time, and a name that nobody has, fail with their codes', async () => {
    const release = gate();
    serve('busy', () => release.opened.then(() => []));
    const running = app.sendTask('busy', {}).result;
    const waiting = app.sendTask('busy', {}).result;
    await expect(app.sendTask('busy', {}, { timeout: 30 }).result).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_TIMEOUT',
      message: expect.stringContaining('timeout waiting'),
    });
    release.open();
    await Promise.all([running, waiting]);
    await expect(app.sendTask('nobody', {}).result).rejects.toMatchObject({ code: 'ERR_SIDEKICK_UNKNOWN_WORKER' });
    for await (const _ of app.sendTask('silent', {})) expect.unreachable();
  });
});

describe('onTask()', () => {
  it('J05 a handler that throws fails its task alone', async () => {
    serve('throws', async function* ({ say }: { say: string }) {
      yield { said: say };
      throw new TypeError(`not ${say}`);
    } as never);
    const task = app.sendTask('throws', { say: 'this' });
    const seen: unknown[] = [];
    const failure = await (async () => {
      for await (const update of task) seen.push(update);
    })().catch((error: unknown) => error);
    expect(seen).toEqual([{ said: 'this' }]);
    expect(failure).toMatchObject({
      code: 'ERR_SIDEKICK_TASK_ABORTED',
      message: "the handler of 'throws' in JavaScript threw: TypeError: not this",
    });
    await expect(app.sendTask('throws', { say: 'that' }).result).rejects.toThrow('not that');
    serve('unsendable', async function* () {
      yield { bad: Symbol('s') };
    });
    await expect(app.sendTask('unsendable', {}).result).rejects.toThrow(/threw: SidekickError: cannot send: .* bad/);
  });

  it('J05 runs as many at a time as it may', async () => {
    let running = 0;
    let most = 0;
    serve(
      'three',
      async () => {
        running++;
        most = Math.max(most, running);
        await sleep(5);
        running--;
        return [most];
      },
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 20 }, () => app.sendTask('three', {}).result));
    expect(most).toBe(3);
  });

  it('J05 a server that ends fails what it has and what waits, and the name can be served again', async () => {
    const started = gate();
    const server = serve('short', async (_, { signal }) => {
      started.open();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return [];
    });
    const results = [1, 2].map(() => app.sendTask('short', {}).result);
    const ends = Promise.allSettled(results);
    await started.opened;
    server.end();
    for (const end of await ends) {
      expect(end).toMatchObject({
        reason: {
          code: 'ERR_SIDEKICK_TASK_ABORTED',
          message: 'background worker exited without completing the task',
        },
      });
    }
    serve('short', () => [2]);
    expect(await app.sendTask('short', {}).result).toEqual([2]);
  });

  it('J05 refuses names that are taken', () => {
    for (const [name, why] of [
      ['declared', "is the name of a worker of scope 'js-tasks'"],
      ['counter', 'is served already'],
    ] as const) {
      expect(() => app.onTask(name, () => [])).toThrow(
        expect.objectContaining({ code: 'ERR_SIDEKICK_CONFIG', message: `onTask(): '${name}' ${why}` }),
      );
    }
    expect(() => app.onTask('x', 1 as never)).toThrow(/the handler must be a function/);
    expect(() => app.onTask('x', () => [], { concurrency: 0 })).toThrow(/concurrency must be a whole number/);
  });

  it('J05 closing the scope ends its servers and what was sent to them', async () => {
    const other = await php.createScope({ name: 'closing', root: fixture('messages') });
    other.onTask('waits', () => new Promise(() => {}));
    const { result } = other.sendTask('waits', {});
    await sleep(5);
    const end = result.catch((error: unknown) => error);
    await other.close();
    expect(await end).toMatchObject({ code: 'ERR_SIDEKICK_TASK_ABORTED' });
    expect(() => other.sendTask('waits', {})).toThrow(expect.objectContaining({ code: 'ERR_SIDEKICK_STOPPED' }));
    expect(() => other.onTask('waits', () => [])).toThrow(expect.objectContaining({ code: 'ERR_SIDEKICK_STOPPED' }));
  });
});
