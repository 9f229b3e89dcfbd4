import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEMORY_BYTES, SPOOL_BYTES } from '../lib/http/intake.js';
import { Runtime, type Scope } from '../lib/index.js';
import { run } from './support/child.js';
import { Front, request, scripts } from './support/http.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

interface Digest {
  readonly bytes: number;
  readonly sha1: string;
  readonly length: string;
  readonly peak: number;
}

let php: Runtime;
let app: Scope;
let front: Front;

beforeAll(async () => {
  const ini = { post_max_size: '200M', upload_max_filesize: '200M', display_errors: 0 };
  php = await Runtime.start({ threads: 1, logger: silence, ini });
  const root = fixture('bodies');
  app = await php.createScope({ name: 'bodies', root, workers: [{ file: `${root}/worker.php`, num: 1 }] });
  front = await Front.listen(app.listener);
});
afterAll(async () => {
  await front.close();
  await php.stop();
});

const busy = () => php.status().threads.filter((thread) => thread.busy).length;
const idle = () => expect.poll(busy, { timeout: 10_000 }).toBe(0);

/** Blocks that differ, without holding them all. */
function* blocks(bytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += 65_536) yield Buffer.alloc(Math.min(65_536, bytes - at), `${at} `);
}
function digestOf(bytes: number): string {
  const hash = createHash('sha1');
  for (const block of blocks(bytes)) hash.update(block);
  return hash.digest('hex');
}
function streamOf(bytes: number): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(blocks(bytes), { objectMode: false })) as ReadableStream<Uint8Array>;
}

describe.each(scripts)('%s mode', (_mode, script) => {
  const sizes = [0, 1, MEMORY_BYTES, MEMORY_BYTES + 1, 10_000_000, SPOOL_BYTES + 12_345];
  const entrances = ['scope.listener', 'scope.fetch'] as const;
  describe.each(entrances)('%s', (entrance) => {
    const send = (path: string, init: RequestInit) =>
      entrance === 'scope.fetch'
        ? app.fetch(new Request(`http://localhost${path}`, init))
        : fetch(front.origin + path, init);

    it.each(sizes)(
      'W04 a body of %i bytes of unknown length arrives whole, and its length is known up to the limits',
      async (bytes) => {
        const init = { method: 'POST', body: streamOf(bytes), duplex: 'half' } as RequestInit;
        const shown = (await (await send(script, init)).json()) as Digest;
        expect(shown).toMatchObject({ bytes, sha1: digestOf(bytes) });
        if (bytes <= SPOOL_BYTES) expect(shown.length).toBe(String(bytes));
        expect(shown.peak).toBeLessThan(8_000_000);
      },
    );
  });

  it('W04 php://input can be read again, and beside $_POST', async () => {
    const body = new URLSearchParams({ a: 'x'.repeat(2_000_000) });
    const response = await fetch(`${front.origin}${script}?do=again`, { method: 'POST', body });
    expect(await response.json()).toEqual([body.toString().length, true, Object.fromEntries(body)]);
  });

  it('W04 uploads land in files that go when the request ends', async () => {
    const body = new FormData();
    const contents = ['first', 'x'.repeat(3_000_000), ''];
    for (const [index, text] of contents.entries()) body.append('files[]', new File([text], `${index}.txt`));
    body.append('note', 'n');
    const response = await fetch(`${front.origin}${script}?do=files`, { method: 'POST', body });
    const shown = (await response.json()) as { files: Record<string, unknown[]>; post: unknown; folder: string };
    expect(shown.files).toMatchObject({
      name: ['0.txt', '1.txt', '2.txt'],
      size: contents.map((text) => text.length),
      error: [0, 0, 0],
      sha1: contents.map((text) => createHash('sha1').update(text).digest('hex')),
    });
    expect(shown.post).toEqual({ note: 'n' });
    const names = (shown.files['tmp_name'] as string[]).map((path) => path.split('/').at(-1)!);
    expect(new Set(names).size).toBe(3);
    await expect.poll(() => readdirSync(shown.folder).filter((name) => names.includes(name))).toEqual([]);
  });

  it('W04 a client that sends slowly holds no PHP thread', async () => {
    const slow = Array.from({ length: 20 }, () =>
      front.raw(request(`POST ${script} HTTP/1.1`, ['Content-Length: 4', 'Connection: close'], 'a')),
    );
    const large = front.raw(
      request(`POST ${script} HTTP/1.1`, [`Content-Length: ${MEMORY_BYTES * 2}`, 'Connection: close']),
    );
    large.write('b'.repeat(MEMORY_BYTES * 2 - 1)); // goes on in a file
    for (let time = 0; time < 3; time++) {
      expect((await fetch(`${front.origin}${script}?do=ignore`)).status).toBe(200); // on the only thread there is
      expect(busy()).toBe(0);
    }
    for (const client of slow) client.write('bcd');
    large.write('b');
    for (const client of [...slow, large]) expect(await client.closed).toContain('200 OK');
    expect(large.received).toContain(`"bytes":${MEMORY_BYTES * 2},`);
  });

  it('W04 a client that reads slowly holds no PHP thread, up to 1 MiB', async () => {
    const clients = Array.from({ length: 20 }, () => front.raw());
    for (const client of clients) {
      client.socket.pause();
      client.write(request(`GET ${script}?do=send&bytes=1000000 HTTP/1.1`, ['Connection: close']));
    }
    await expect.poll(() => php.status().threads.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(20);
    await idle();
    expect((await fetch(`${front.origin}${script}?do=ignore`)).status).toBe(200);
    for (const client of clients) client.socket.resume();
    for (const client of clients) expect((await client.closed).length).toBeGreaterThan(1_000_000);
  });

  it('W04 a response of a GiB is sent as fast as it is taken, in bounded memory', async () => {
    const bytes = 1 << 30;
    const before = process.memoryUsage().rss;
    let most = 0;
    let received = 0;
    const response = await fetch(`${front.origin}${script}?do=send&bytes=${bytes}`);
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      received += chunk.length;
      if (received % 16 === 0) most = Math.max(most, process.memoryUsage.rss());
    }
    expect(received).toBe(bytes);
    expect(most - before).toBeLessThan(200 << 20);
  }, 120_000);

  it('W04 an upload that is aborted is never seen, or ends the body', async () => {
    for (const sent of [10, MEMORY_BYTES + 10]) {
      const client = front.raw(request(`POST ${script} HTTP/1.1`, ['Content-Length: 100000000'], 'x'.repeat(sent)));
      await new Promise((resolve) => client.socket.once('connect', resolve));
      client.destroy();
    }
    await idle();
    expect((await fetch(`${front.origin}${script}?do=ignore`)).status).toBe(200);
  });
});

describe.each(scripts)('%s mode', (mode) => {
  it('W04 200 slow clients, in both directions, hold no PHP thread and leave the fast ones theirs', async () => {
    const end = await run('slow-clients.mjs', [fixture('bodies'), mode, '3', '300'], { bound: 60_000 });
    expect(end.code, end.stderr).toBe(0);
    const { mostBusy, left, alone, beside } = JSON.parse(end.stdout) as Record<string, number>;
    expect([mostBusy, left]).toEqual([0, 0]);
    console.log(`${mode}: fast clients ${alone!.toFixed(0)}/s alone, ${beside!.toFixed(0)}/s beside 200 slow ones`);
  }, 70_000);
});

describe('bodyTimeout', () => {
  let impatient: Scope;
  let door: Front;
  beforeAll(async () => {
    const root = fixture('bodies');
    const workers = [{ file: `${root}/worker.php`, num: 1 }];
    impatient = await php.createScope({ name: 'impatient', root, bodyTimeout: 150, workers });
    door = await Front.listen(impatient.listener);
  });
  afterAll(async () => {
    await door.close();
    await impatient.close();
  });

  describe.each(scripts)('%s mode', (_mode, script) => {
    it.each([
      ['before PHP is asked', 10],
      ['while it is in a file', MEMORY_BYTES * 2],
    ])('W07 a client that stops sending is answered 408: %s', async (_when, sent) => {
      const client = door.raw(request(`POST ${script} HTTP/1.1`, ['Content-Length: 50000000'], 'x'.repeat(sent)));
      expect(await client.closed).toMatch(/^HTTP\/1\.1 408 .*Connection: close/is);
      await idle();
    });

    it('W07 so is one whose body PHP is reading, and its thread is free again', async () => {
      const head = request(`POST ${script} HTTP/1.1`, ['Content-Length: 500000000']);
      const client = door.raw(head + 'x'.repeat(1_000_000));
      expect(await client.closed).toMatch(/^HTTP\/1\.1 408 /);
      await idle();
    });

    it('W07 a client that goes on sending, however slowly, has all the time it needs', async () => {
      const client = door.raw(request(`POST ${script} HTTP/1.1`, ['Content-Length: 8', 'Connection: close']));
      for (const letter of 'abcdefgh') {
        client.write(letter);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      expect(await client.closed).toContain('"bytes":8,');
    });

    it('W07 a client that takes nothing loses its connection, and the script goes on', async () => {
      const client = door.raw();
      client.socket.pause();
      client.write(request(`GET ${script}?do=send&bytes=100000000 HTTP/1.1`));
      await expect.poll(busy).toBe(1);
      await idle();
      client.socket.resume();
      expect((await client.closed).length).toBeLessThan(100_000_000);
    });
  });

  it.each(scripts)(
    'W07 a Response that nobody reads ends in an error, and its thread is free again: %s',
    async (mode) => {
      const response = await impatient.fetch(new Request(`http://localhost/${mode}.php?do=send&bytes=100000000`));
      expect(busy()).toBe(1);
      await idle();
      await expect(response.arrayBuffer()).rejects.toMatchObject({ code: 'ERR_SIDEKICK_TIMEOUT' });
    },
  );

  it.each(scripts)('W07 a Response that is read, however slowly, has all the time it needs: %s', async (mode) => {
    const response = await impatient.fetch(new Request(`http://localhost/${mode}.php?do=send&bytes=1600000`));
    let bytes = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      bytes += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(bytes).toBe(1_600_000);
  });

  it('W04 an aborted fetch() ends its body', async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await impatient.fetch(new Request('http://localhost/classic.php', init));
    expect(response.status).toBe(408);
  });
});
