// Reading in PHP: a name that nobody publishes meanwhile; a name for the first time in a request; a name that has just
// been published.
import { PAYLOADS } from '../../common/payloads.mjs';
import { median } from '../../common/samples.mjs';
import { functionOf, UNROLLED, wayOf } from '../scripts.mjs';

// A copy of p3 takes as long as hundreds of the others.
const shareOf = (peer, payload) => (payload === 'p3' && !QUICK.includes(peer.id) ? 0.1 : 1);
const QUICK = ['ours', 'call', 'include'];

/** Every pair of peer and payload, once a round. */
async function eachRound(count, peers, measure) {
  for (let round = 0; round < count; round++) {
    for (const payload of Object.keys(PAYLOADS)) {
      for (const peer of peers) await measure(peer, payload);
    }
  }
}

/** Unchanged reads, in an HTTP worker; ours and the empty call in a classic request too. */
export async function unchanged(bench) {
  const peers = bench.peers.filter(({ read }) => read !== undefined);
  await publishAll(bench, peers);
  const loops = new Map();
  const read = async (peer, payload, mode, amount) => {
    const [time] = await bench.host(peer).call(mode, functionOf('read', peer, payload), [amount]);
    return time / (amount * UNROLLED);
  };
  await eachRound(bench.rounds, peers, async (peer, payload) => {
    const key = functionOf('', peer, payload);
    if (!loops.has(key)) {
      await read(peer, payload, 'worker', 1);
      const each = await read(peer, payload, 'worker', 1);
      loops.set(key, Math.min(100_000, Math.max(1, Math.round((bench.milliseconds * 1e6) / (each * UNROLLED)))));
    }
    bench.add('unchanged', peer.label, payload, await read(peer, payload, 'worker', loops.get(key)));
    if (peer.id !== 'ours' && peer.id !== 'call') return;
    bench.add('unchanged', `${peer.label}, classic`, payload, await read(peer, payload, 'read', loops.get(key)));
  });
}

/** Has every peer's way hold every payload. */
export async function publishAll(bench, peers) {
  for (const payload of Object.keys(PAYLOADS)) {
    for (const peer of peers) {
      if (peer.publish !== undefined) await bench.host(peer).tell(payload, 'fresh', wayOf(peer), 1);
    }
  }
}

/** The first read of a classic request, less what the clock takes by itself. */
export async function first(bench) {
  const peers = bench.peers.filter(({ read }) => read !== undefined);
  await publishAll(bench, peers);
  await eachRound(bench.rounds, peers, async (peer, payload) => {
    const times = [];
    for (let request = 0; request < bench.requests * shareOf(peer, payload); request++) {
      const [time, clock] = await bench.host(peer).call('read', 'first', [functionOf('once', peer, payload)]);
      times.push(time - clock);
    }
    bench.add('first', peer.label, payload, median(times));
  });
}

// Versions that one request reads, so that a reader stays far below what an instance may hold of superseded ones.
const PER_REQUEST = { p1: 100, p2: 40, p3: 1, p4: 4, p5: 20 };

/** One read after each publish; both sides wait for each other. */
export async function changed(bench) {
  const peers = bench.peers.filter(({ read }) => read !== undefined);
  const [ours] = peers;
  await eachRound(bench.rounds, peers, async (peer, payload) => {
    const host = bench.host(peer);
    const times = [];
    const count = peer.slow ? 1 : Math.min(bench.turns, PER_REQUEST[payload]);
    const requests = peer.slow ? 1 : Math.max(1, Math.round((bench.turns * shareOf(peer, payload)) / count));
    for (let request = 0; request < requests; request++) {
      const from = bench.nextTurn(count);
      const [own] = await Promise.all([
        host.call('read', functionOf('turns', peer, payload), [from, count]),
        // The empty call is timed after our publish: what a thread has to do anyway when it wakes for it.
        host.tell(payload, 'turns', wayOf(peer.publish === undefined ? ours : peer), from, count),
      ]);
      times.push(...own);
    }
    const clock = await host.call('read', 'clock', [50]);
    bench.add('changed', peer.label, payload, median(times) - median(clock));
  });
}

// A thousand of P3 are 8 GiB and minutes of publishing: --names 1000 does it.
const NAMES = { p1: 1000, p2: 1000, p3: 60, p4: 1000, p5: 1000 };

// In a row, so that most threads have seen what was published before they are timed.
const REQUESTS = 10;

const ROWS = {
  published: 'just published',
  first: 'first in a request',
  again: 'again in that request',
  empty: 'empty internal call',
  line: 'empty call that looks at a cache line another thread wrote',
};

/** Many names, published from JavaScript; then one loop over all, in requests of their own. */
export async function names(bench) {
  const { main } = bench.hosts;
  const repeats = bench.smoke ? 1 : 4;
  let turn = 0;
  for (let round = 0; round < bench.rounds; round++) {
    for (const payload of Object.keys(PAYLOADS)) {
      const count = bench.smoke ? 2 : (bench.names ?? NAMES[payload]);
      const times = { published: [], first: [], again: [], empty: [], line: [] };
      const add = (row, time) => times[row].push(time / count);
      for (let repeat = 0; repeat < repeats; repeat++) {
        await main.javascript('publishNames', payload, count, turn++);
        await main.tell('p1', 'lines');
        const [published, , , line] = await main.call('read', 'names', [count]);
        add('published', published);
        add('line', line);
        for (let request = 0; request < REQUESTS; request++) {
          const [first, again, empty] = await main.call('read', 'names', [count]);
          add('first', first);
          add('again', again);
          add('empty', empty);
        }
      }
      for (const [row, all] of Object.entries(times)) {
        bench.add('names', ROWS[row], `${payload}, ${count} names`, median(all));
      }
    }
  }
}
