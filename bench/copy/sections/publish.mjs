// Publishing in a background worker: a fresh value (every leaf differs, decoded from JSON just before), the same value
// again, and p2 with one leaf changed.
import { PAYLOADS } from '../../common/payloads.mjs';
import { wayOf } from '../scripts.mjs';

// How many are made in advance and published in one timed loop.
const BATCH = { p1: 200, p2: 10, p3: 1, p4: 16, p5: 10 };

/** Nanoseconds per publish of what `command` (of publisher.php) makes. */
async function timed(bench, peer, payload, command) {
  const batch = peer.slow || bench.smoke ? 1 : BATCH[payload];
  return (await bench.host(peer).tell(payload, command, wayOf(peer), batch)) / batch;
}

export async function publish(bench) {
  const peers = bench.peers.filter(({ publish }) => publish !== undefined);
  for (let round = 0; round < bench.rounds; round++) {
    for (const payload of Object.keys(PAYLOADS)) {
      for (const peer of peers) {
        bench.add('publish', peer.label, payload, await timed(bench, peer, payload, 'fresh'));
      }
    }
  }
}

const NEARLY = {
  fresh: 'a fresh value',
  identical: 'the same value again',
  'decoded leaf': 'one leaf changed, the rest decoded anew',
  'changed leaf': 'one leaf changed, the rest read',
};

/** What is saved when little or nothing has changed. By itself: a publisher that reads holds on to what it has read. */
export async function republish(bench) {
  const [ours] = bench.peers;
  for (let round = 0; round < bench.rounds; round++) {
    for (const payload of Object.keys(PAYLOADS)) {
      for (const [command, row] of Object.entries(NEARLY)) {
        if (payload !== 'p2' && command.endsWith('leaf')) continue;
        bench.add('republish', row, payload, await timed(bench, ours, payload, command));
      }
    }
  }
}
