// One and two readers at a time, with and without a writer that publishes 1 000 times a second: reads per second of the
// readers' own CPU time, so that it does not matter what else the machine does.
import { functionOf, wayOf } from '../scripts.mjs';
import { publishAll } from './read.mjs';

const PER_SECOND = 1000;
const PAYLOADS = ['p1', 'p2'];

// Reads between two looks at the clock, in loops of 20.
const loopsOf = (peer) => (['ours', 'call', 'include', 'copy'].includes(peer.id) ? 50 : 1);

export async function scaling(bench) {
  const peers = bench.peers.filter(({ read }) => read !== undefined);
  await publishAll(bench, peers);
  const nanoseconds = bench.smoke ? 5e6 : 150e6;
  for (let round = 0; round < bench.rounds; round++) {
    for (const payload of PAYLOADS) {
      for (const peer of peers) {
        const host = bench.host(peer);
        const reader = () =>
          host.call('read', functionOf('during', peer, payload), [nanoseconds, bench.smoke ? 1 : loopsOf(peer)]);
        for (const written of peer.publish === undefined || peer.unlocked || peer.slow ? [false] : [false, true]) {
          for (const count of [1, 2]) {
            const writer = written && host.tell(payload, 'pace', wayOf(peer), nanoseconds, PER_SECOND);
            const answers = await Promise.all(Array.from({ length: count }, reader));
            await writer;
            const [reads, cpu] = answers.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
            const column = `${payload}, ${count} reader${count > 1 ? 's' : ''}${written ? ' + writer' : ''}`;
            bench.add('scaling', peer.label, column, (reads / cpu) * 1e9);
          }
        }
      }
    }
  }
}
