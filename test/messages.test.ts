import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnumCase, Runtime, type Scope } from '../lib/index.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('messages');
const log = new Lines();
let php: Runtime;
let app: Scope;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: log, ini: { display_errors: '1', html_errors: '0' } });
  app = await php.createScope({
    name: 'messages',
    root,
    env: { GREETING: 'hello' },
    maxQueue: 4,
    workers: [
      { file: `${root}/worker.php`, name: 'one', num: 1, maxConsecutiveFailures: -1 },
      { file: `${root}/worker.php`, name: 'two', num: 1 },
      { file: `${root}/worker.php`, name: 'sidekick', background: true },
    ],
  });
});
afterAll(() => php.stop());

const send = (value: unknown, name = 'one') => app.sendMessage(name, value as never);

describe('sendMessage()', () => {
  it('J06 reaches the callback as its argument, and the promise is what that returns', async () => {
    for (const value of [null, true, 1, -0.5, 2n ** 60n, 'häß\0', [], [1, [2]], 'x'.repeat(100_000)]) {
      expect(await send(value)).toEqual(value);
    }
    expect([...((await send({ a: 1, 7: [null] })) as Map<unknown, unknown>)]).toEqual([
      [7, [null]],
      ['a', 1],
    ]);
    expect(await send({ do: 'type', value: { a: 1.5 } })).toEqual(['array', "array (\n  'a' => 1.5,\n)"]);
    expect(await send(undefined as never).catch((error: unknown) => error)).toMatchObject({
      code: 'ERR_SIDEKICK_VALUE',
    });
  });

  it('J06 values cross as vars do: bytes, enum cases, empty arrays', async () => {
    expect(await send({ do: 'echo', value: Buffer.from([0xff, 0]) })).toEqual(new Uint8Array([0xff, 0]));
    expect(await send({ do: 'enum' })).toEqual(new EnumCase('Suit', 'Hearts'));
    expect(await send({ do: 'type', value: new EnumCase('Suit', 'Hearts') })).toEqual(['Suit', '\\Suit::Hearts']);
    expect(await send({ do: 'echo', value: {} })).toEqual([]);
    expect(await send({ do: 'keep', value: 'kept by the script' })).toBe(2);
    await send({ do: 'echo', value: 'x'.repeat(1000) });
    expect(await send({ do: 'kept' })).toEqual(['kept by the script']);
  });

  it('J06 goes to the worker it names, in order among its requests', async () => {
    const count = (await send({ do: 'count' }, 'two')) as number;
    const answers = await Promise.all([send({ do: 'count' }, 'two'), send({ do: 'count' }, 'two')]);
    expect(answers).toEqual([count + 1, count + 2]);
  });

  it('J06 a callback sees no request, and its output goes to the log', async () => {
    const request = await app.fetch(new Request('http://localhost/worker.php?a=1', { headers: { cookie: 'c=d' } }));
    expect(await request.json()).toMatchObject({ request: '/worker.php?a=1', get: { a: '1' } });
    expect(await send({ do: 'world' })).toEqual({
      get: [],
      post: [],
      cookie: [],
      files: [],
      http: [],
      env: ['hello', 'hello'],
      headers: [[], false, false],
    });
    await send({ do: 'print', value: 'told to the log\n' });
    expect(log.of('told to the log')).toMatchObject([{ fields: { scope: 'messages', worker: 'one' } }]);
    const again = await app.fetch(new Request('http://localhost/worker.php?b=2'));
    expect(await again.json()).toMatchObject({ get: { b: '2' } });
  });

  it('J06 a callback that throws rejects with what it threw, and the worker lives on', async () => {
    const before = (await send({ do: 'count' })) as number;
    await expect(send({ do: 'throw' })).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_TASK_ABORTED',
      message: expect.stringMatching(
        /^worker 'one' could not handle the message: Uncaught DomainException: no such thing/,
      ),
      lastError: { file: `${root}/worker.php`, line: expect.any(Number) },
    });
    expect(await send({ do: 'count' })).toBe(before + 2);
  });

  it.each([
    ['exit', { do: 'exit', value: 0 }],
    ['fatal', { do: 'fatal' }],
  ])('J06 a worker that ends in its callback rejects, and runs again: %s', async (_, message) => {
    const rejected = await send(message).catch((error: unknown) => error);
    expect(rejected).toMatchObject({ code: 'ERR_SIDEKICK_TASK_ABORTED' });
    expect(await send({ do: 'echo', value: 'again' })).toBe('again');
  });

  it('J06 refuses what cannot cross, by its path, in both directions', async () => {
    await expect(send({ deep: [1, () => {}] })).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_VALUE',
      path: 'deep[1]',
      message: expect.stringContaining('cannot send: the value at deep[1] is a function'),
    });
    await expect(send({ do: 'object' })).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_VALUE',
      message: expect.stringMatching(/worker 'one' returned cannot be sent: .* deep\.list\[1\]/),
    });
    await expect(send({ do: 'echo', value: new EnumCase('Nowhere', 'X') })).rejects.toMatchObject({
      code: 'ERR_SIDEKICK_TASK_ABORTED',
      message: expect.stringContaining('Nowhere'),
    });
  });

  it('J06 refuses names that no HTTP worker has', async () => {
    for (const name of ['nobody', 'sidekick']) {
      await expect(send(1, name)).rejects.toMatchObject({
        code: 'ERR_SIDEKICK_UNKNOWN_WORKER',
        message: `scope 'messages': no HTTP worker has the name '${name}'`,
      });
    }
    await expect(send(1, '')).rejects.toMatchObject({ code: 'ERR_SIDEKICK_CONFIG' });
  });

  it('J06 waits as long as it may: timeout, signal, a full queue', async () => {
    const slow = send({ do: 'sleep', value: 300 });
    await expect(app.sendMessage('one', 1, { timeout: 20 })).rejects.toMatchObject({ code: 'ERR_SIDEKICK_TIMEOUT' });
    const controller = new AbortController();
    const aborted = app.sendMessage('one', 1, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(app.sendMessage('one', 1, { signal: AbortSignal.abort('never') })).rejects.toBe('never');
    const crowd = await Promise.allSettled(Array.from({ length: 6 }, () => send(1)));
    expect(crowd.filter(({ status }) => status === 'fulfilled').length).toBe(4);
    expect(crowd.at(-1)).toMatchObject({ reason: { code: 'ERR_SIDEKICK_QUEUE_FULL' } });
    expect(await slow).toBe('slept');
  });

  it('J06 the end of the scope ends what waits', async () => {
    const other = await php.createScope({
      name: 'short',
      root,
      stopTimeout: 50,
      workers: [{ file: `${root}/worker.php`, name: 'short', num: 1 }],
    });
    const messages = [5_000, 0].map((value) => other.sendMessage('short', { do: 'sleep', value }));
    const ends = Promise.allSettled(messages);
    await other.close();
    for (const end of await ends) {
      expect(end).toMatchObject({ reason: { code: expect.stringMatching(/ERR_SIDEKICK_(?:STOPPED|TASK_ABORTED)/) } });
    }
    await expect(other.sendMessage('short', 1)).rejects.toMatchObject({ code: 'ERR_SIDEKICK_STOPPED' });
  });
});
