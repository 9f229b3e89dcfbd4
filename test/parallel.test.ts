import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { fixture, modes } from './support/modes.js';

const root = fixture('parallel');
const COUNT = 100;
let php: Runtime;
let app: Scope;
let server: Server;
let origin: string;

beforeAll(async () => {
  php = await Runtime.start({ threads: 4 });
  app = await php.createScope({ name: 'parallel', root, workers: [{ file: join(root, 'worker.php'), num: 4 }] });
  server = createServer(app.listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await php.stop();
});

interface Answer {
  readonly mode: string;
  readonly global: string | null;
  readonly left: readonly string[];
}

type Send = (path: string, init: RequestInit) => Promise<Response>;
const entrances: readonly (readonly [string, Send])[] = [
  ['scope.fetch', (path, init) => app.fetch(new Request(`http://localhost${path}`, init))],
  ['scope.listener', (path, init) => fetch(origin + path, init)],
];

/** Sends COUNT requests at once, each with an id of its own everywhere; gives the answers after checking each one. */
async function sendAll(send: Send, mode: string): Promise<Answer[]> {
  const ids = Array.from({ length: COUNT }, (_, index) => `${mode}-${index}`);
  return Promise.all(
    ids.map(async (id) => {
      const headers = { 'X-Id': id, Cookie: `id=${id}` };
      const response = await send(`/${mode}.php?id=${id}`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ id }),
      });
      const answer = (await response.json()) as Answer;
      expect([response.status, response.headers.get('x-id'), response.headers.get('x-leak')]).toEqual([201, id, id]);
      expect(answer).toMatchObject({
        mode,
        get: id,
        post: id,
        cookie: id,
        request: id,
        header: id,
        query: `id=${id}`,
        input: `id=${id}`,
      });
      return answer;
    }),
  );
}

describe.each(entrances)(`W01 ${COUNT} parallel requests by %s`, (_entrance, send) => {
  it('classic mode: each gets its own answer and finds nothing of another', async () => {
    for (const { left, global } of await sendAll(send, 'classic')) expect([left, global]).toEqual([[], null]);
  });

  it('worker mode: each gets its own answer and finds superglobals reset; globals stay', async () => {
    const answers = await sendAll(send, 'worker');
    for (const { left } of answers) expect(left).toEqual([]);
    expect(answers.filter(({ global }) => global !== null).length).toBeGreaterThanOrEqual(COUNT - 4);
  });

  it('both modes at once', async () => {
    const answers = await Promise.all(modes.map((mode) => sendAll(send, mode)));
    expect(answers.flat().length).toBe(2 * COUNT);
  });
});
