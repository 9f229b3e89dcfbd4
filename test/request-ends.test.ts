import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture, modes } from './support/modes.js';
import { isSanitized } from './support/variant.js';

let php: Runtime;
let app: Scope;

beforeAll(async () => {
  process.env['HTTP_X_FROM'] = 'the environment';
  process.env['FROM_ENVIRONMENT'] = 'yes';
  php = await Runtime.start({ threads: 1, logger: silence });
  const root = fixture('request-ends');
  app = await php.createScope({ name: 'ends', root, workers: [{ file: `${root}/worker.php`, num: 1 }] });
});
afterAll(() => php.stop());

/** A body without an end, and when it has been given up. */
function unfinishedBody(): { body: ReadableStream<Uint8Array>; cancelled: Promise<void> } {
  let cancel = (): void => {};
  const cancelled = new Promise<void>((resolve) => {
    cancel = resolve;
  });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(300_000)),
    cancel: () => cancel(),
  });
  return { body, cancelled };
}

describe.each(modes)('%s mode', (mode) => {
  const url = (what: string) => `http://localhost/${mode}.php?do=${what}`;
  const ask = async (what: string, headers: Record<string, string> = {}) => {
    const response = await app.fetch(new Request(url(what), { headers }));
    return { encoding: response.headers.get('content-encoding'), text: await response.text() };
  };

  it.each(['early', 'ignores'])(
    'W04 a response does not wait for the rest of a body nobody reads, and its thread is free again: %s',
    async (what) => {
      for (let time = 0; time < 3; time++) {
        const { body, cancelled } = unfinishedBody();
        // Announced as larger than is kept: PHP is asked before it is complete.
        const headers = { 'content-length': '100000000' };
        const init = { method: 'PUT', body, headers, duplex: 'half' } as RequestInit;
        const response = await app.fetch(new Request(url(what), init));
        expect([response.status, await response.text()]).toEqual(what === 'early' ? [200, 'early'] : [403, 'no']);
        expect((await ask('last-error')).text).toBe('null'); // on the only thread there is
        await cancelled;
      }
    },
  );

  it('W06 a fatal error in an output callback ends the script, and leaves nothing of its stack', async () => {
    for (let time = 0; time < 5; time++) {
      await ask('fatal callback');
      expect((await ask('deep')).text).toBe('50000');
    }
  });

  // A sanitizer's PHP has no zlib.
  it.skipIf(isSanitized)('W01 an encoding that one client takes is not sent to the next', async () => {
    expect((await ask('gzip', { 'accept-encoding': 'gzip' })).encoding).toBe('gzip');
    const plain = await ask('gzip');
    expect(plain).toEqual({ encoding: null, text: 'text '.repeat(200) });
  });

  it("W01 error_get_last() does not tell of another request's errors", async () => {
    expect((await ask('warns')).text).toBe('warned');
    expect((await ask('last-error')).text).toBe('null');
  });

  it("W03 a variable of the process does not pass for a header of the request's", async () => {
    expect(JSON.parse((await ask('header')).text)).toEqual([null, 'yes']);
    expect(JSON.parse((await ask('header', { 'X-From': 'the client' })).text)).toEqual(['the client', 'yes']);
  });

  it("W08 umask() is the thread's own", async () => {
    const before = process.umask();
    expect(JSON.parse((await ask('umask')).text)[1]).toBe(0o77);
    expect(process.umask()).toBe(before);
  });
});
