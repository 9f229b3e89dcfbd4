// Publishing in a background worker: a fresh value (every leaf differs, decoded from JSON just before), the same value
// again, and p2 with one leaf changed.
import { PAYLOADS } from '../payloads.mjs';
import { wayOf } from '../scripts.mjs';

// How many are made in advance and published in one timed loop.
const BATCH = { p1: 200, p2: 10, p3: 1, p4: 4, p5: 10 };

export async function publish(bench) {
  const peers = bench.peers.filter(({ publish }) => publish !== undefined);
  for (let round = 0; round < bench.rounds; round++) {
    for (const payload of Object.keys(PAYLOADS)) {
      for (const peer of peers) {
        const batch = peer.slow || bench.smoke ? 1 : BATCH[payload];
        const tell = async (command, count) =>
          (await bench.host(peer).tell(payload, command, wayOf(peer), count)) / count;
        bench.add('publish', peer.label, payload, await tell('fresh', batch));
        if (peer.id !== 'ours') continue;
        bench.add('republish', 'the same value again', payload, await tell('identical', batch));
        if (payload !== 'p2') continue;
        bench.add('republish', 'one leaf changed, the rest decoded anew', payload, await tell('decoded leaf', batch));
        bench.add('republish', 'one leaf changed, the rest read', payload, await tell('changed leaf', batch));
      }
    }
  }
}
