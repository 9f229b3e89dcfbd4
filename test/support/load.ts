// Load over loopback: connections that are kept alive, each with one request after the other.
import { Agent, createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Tally {
  /** Responses by what they are: the status, or 'error CODE'. */
  readonly outcomes: Map<string, number>;
  /** Distinct bodies of responses with status 200. */
  readonly bodies: Set<string>;
}

/** Requests `paths` in turn on `connections` connections until `work` is done and at least one more response came on each. */
export async function underLoad(
  listener: RequestListener,
  paths: readonly string[],
  connections: number,
  work: (tally: Tally) => Promise<void>,
): Promise<Tally> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const tally: Tally = { outcomes: new Map(), bodies: new Set() };
  let done = false;

  const request = (path: string): Promise<string> =>
    new Promise((resolve) => {
      get({ agent, port, host: '127.0.0.1', path }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => {
          if (response.statusCode === 200) tally.bodies.add(body);
          resolve(response.complete ? String(response.statusCode) : 'error incomplete');
        });
        response.on('error', (error: NodeJS.ErrnoException) => resolve(`error ${error.code}`));
      }).on('error', (error: NodeJS.ErrnoException) => resolve(`error ${error.code}`));
    });
  const connection = async (first: number): Promise<void> => {
    for (let at = first; ; at++) {
      const last = done;
      const outcome = await request(paths[at % paths.length]!);
      tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
      if (last) return;
    }
  };
  const all = Promise.all(Array.from({ length: connections }, (_, at) => connection(at)));
  try {
    await work(tally);
  } finally {
    done = true;
    await all;
    agent.destroy();
    server.close();
  }
  return tally;
}
