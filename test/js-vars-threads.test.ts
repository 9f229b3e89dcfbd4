// Vars that another JavaScript thread publishes: the snapshot belongs to nobody, and outlives the thread.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type RuntimeOptions, type Scope, type Vars } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';
import { canonical } from './support/trees.js';

const OPTIONS: RuntimeOptions = { threads: 2 };
const root = fixture('js-vars');
let php: Runtime;
let app: Scope;
let flags: Vars;
beforeAll(async () => {
  php = await Runtime.start({ ...OPTIONS, logger: silence });
  app = await php.createScope({
    name: 'js-vars-threads',
    root,
    workers: [{ file: `${root}/worker.php`, num: 2 }],
    jsVars: ['flags'],
  });
  flags = app.vars('flags');
});
afterAll(() => php.stop());

class Publisher {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(scope = app.name): Promise<Publisher> {
    const lib = new URL('../dist/index.js', import.meta.url).href;
    const file = fileURLToPath(new URL('programs/js-vars-thread.mjs', import.meta.url));
    const publisher = new Publisher(new Worker(file, { workerData: { lib, options: OPTIONS, scope } }));
    expect((await once(publisher.#worker, 'message'))[0]).toBe('ready');
    return publisher;
  }

  async next(): Promise<unknown> {
    return (await once(this.#worker, 'message'))[0];
  }

  async publish(value: object | string): Promise<unknown> {
    this.#worker.postMessage(value);
    return (await once(this.#worker, 'message'))[0];
  }

  async end(): Promise<void> {
    this.#worker.postMessage('end');
    await once(this.#worker, 'exit');
  }
}

describe('J01 J10 published by another thread', () => {
  it.each(modes)('%s mode reads it, and goes on when that thread has ended', async (mode) => {
    const value = { mode, list: Array.from({ length: 1000 }, (_, index) => `entry ${index}`) };
    const publisher = await Publisher.start();
    const before = flags.version;
    expect(await publisher.publish(value)).toEqual({ version: before + 1, current: value });
    expect(flags.version).toBe(before + 1);
    expect(canonical(flags.current)).toBe(canonical(value));
    const held = flags.current;
    await publisher.end();
    for (let time = 0; time < 4; time++) {
      expect(await ask(app, mode, { do: 'all' })).toMatchObject({ canonical: canonical(value), lookups: 0, writes: 0 });
    }
    expect(flags.current).toBe(held);
    flags.publish({ ...value, after: 'the main thread' });
    expect(await ask(app, mode, { do: 'all' })).toMatchObject({ canonical: canonical(flags.current) });
  });

  it.each(modes)('a request in %s mode keeps it, across its end and what is published after', async (mode) => {
    const make = (count: number, end = false) => ({
      count,
      end,
      list: new Array(50).fill(count),
      text: `turn ${count}`,
    });
    const publisher = await Publisher.start();
    await publisher.publish(make(1));
    const response = await app.fetch(new Request(`http://localhost/${mode}.php?do=watch`));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value!;
    for (let count = 2; count <= 20; count++) await publisher.publish(make(count));
    await publisher.end();
    flags.publish(make(21));
    flags.publish(make(22, true));
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    expect(text).toBe(`reading\n${JSON.stringify({ wrong: 0, last: 22 })}`);
  });

  it('iteration and ready() see it', async () => {
    const publisher = await Publisher.start();
    const turns: unknown[] = [];
    const loop = (async () => {
      for await (const { n } of app.vars<{ readonly n: number }>('flags')) if (turns.push(n) === 4) break;
    })();
    for (let n = 1; turns.length < 4; n++) await publisher.publish({ n });
    await loop;
    await flags.ready();
    await publisher.end();
    expect(turns.length).toBe(4);
  });

  it('a scope that its thread closes ends the loops of others, and refuses what they publish', async () => {
    const other = await php.createScope({ name: 'js-vars-closed', root, jsVars: ['flags'] });
    const publisher = await Publisher.start(other.name);
    await publisher.publish({ n: 1 });
    expect(await publisher.publish('loop')).toBe('looping');
    const ended = publisher.next();
    await other.close();
    expect(await ended).toBe('loop ended');
    expect(await publisher.publish({ n: 2 })).toMatchObject({ code: 'ERR_SIDEKICK_STOPPED' });
    await publisher.end();
  });

  it('two threads at once: each publish is whole, and the last one stays', async () => {
    const publishers = await Promise.all([Publisher.start(), Publisher.start()]);
    const before = flags.version;
    for (let turn = 0; turn < 100; turn++) {
      await Promise.all(publishers.map((each, who) => each.publish({ who, turn, same: [who, turn] })));
      const { who, turn: read, same } = flags.current as { who: number; turn: number; same: readonly number[] };
      expect([same, read]).toEqual([[who, turn], turn]);
    }
    expect(flags.version).toBe(before + 200);
    await Promise.all(publishers.map((each) => each.end()));
  });

  it('a value that PHP cannot have is refused there, too', async () => {
    const publisher = await Publisher.start();
    expect(await publisher.publish({ a: [new Date()] })).toEqual({ code: 'ERR_SIDEKICK_VALUE', path: 'a[0]' });
    await publisher.end();
  });
});
