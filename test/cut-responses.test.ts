// In classic mode no script is forced to leave while its client still has a response: requestTimeout, and the end of the
// scope, take the response away first.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { Front, request } from './support/http.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

const root = fixture('limits');
let php: Runtime;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
});
afterAll(() => php.stop());

it.each(['output', 'started'])(
  'W05 a response whose worker was forced to leave in the middle of it does not look complete: %s',
  async (what) => {
    const workers = [{ file: `${root}/worker.php`, num: 1 }];
    await using app = await php.createScope({ name: what, root, workers, restartTimeout: 100 });
    const front = await Front.listen(app.listener);
    const client = front.raw(request(`GET /worker.php?do=${what} HTTP/1.1`, ['Connection: close']));
    await client.has('\r\n\r\n');
    client.socket.pause(); // what is not taken fills up, and the script waits for room
    await app.restart();
    client.socket.resume();
    const received = await client.closed;
    expect(client.statuses).toEqual([200]);
    expect(received.endsWith('\r\n0\r\n\r\n')).toBe(false);
    await front.close();
  },
);
