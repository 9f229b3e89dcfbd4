// Memory: what one more thread that holds p3 costs, and what 20 000 publishes of 1 MiB leave while an HTTP worker keeps
// the last 32 it saw.
import { functionOf } from '../scripts.mjs';
import { publishAll } from './read.mjs';

const HOLDERS = 5;

/** Bytes per thread, all after the first. */
export async function holders(bench) {
  const peers = bench.peers.filter(({ read, id }) => read !== undefined && id !== 'call');
  await publishAll(bench, peers);
  for (let round = 0; round < Math.min(3, bench.rounds); round++) {
    for (const peer of peers) {
      const host = bench.host(peer);
      const turn = bench.nextTurn(2);
      const gate = (name, number, at) => host.call('read', name, [number, at]);
      const all = Array.from({ length: HOLDERS }, (_, reader) =>
        host.call('read', 'hold', [functionOf('hold', peer, 'p3'), reader, reader === 0 ? turn : turn + 1, turn + 1]),
      );
      await gate('gate', 2, turn);
      await gate('gate_passed', 4, turn);
      const one = await host.rss();
      await gate('gate', 2, turn + 1);
      for (let reader = 1; reader < HOLDERS; reader++) await gate('gate_passed', 4 + reader, turn + 1);
      const five = await host.rss();
      await gate('gate', 3, turn + 1);
      const own = (await Promise.all(all)).slice(1);
      bench.add('holders', peer.label, 'RSS per reader', (five - one) / (HOLDERS - 1));
      bench.add('holders', peer.label, 'PHP memory per reader', own.reduce((a, b) => a + b, 0) / own.length);
    }
  }
}

const STEP = 100;
const TOO_MUCH = 3 * 2 ** 30;

/** Bytes of the process at its largest, and at the end; as it is by default, and with a worker that is recycled. */
export async function ring(bench) {
  for (const script of ['worker', 'recycled']) await keepLast(bench, script);
}

async function keepLast(bench, script) {
  const { main } = bench.hosts;
  const total = bench.smoke ? STEP : 20_000;
  await main.tell('p4', 'megabytes', 1, 1);
  const before = await main.rss();
  let [largest, last, done] = [before, before, 0];
  while (done < total && largest < TOO_MUCH) {
    let writing = true;
    const writer = main.tell('p4', 'megabytes', done + 1, STEP).finally(() => {
      writing = false;
    });
    const reader = async () => {
      while (writing) await main.call(script, 'ring');
    };
    await Promise.all([writer, reader(), reader()]);
    done += STEP;
    last = await main.rss();
    largest = Math.max(largest, last);
  }
  const row = script === 'worker' ? 'two threads' : 'two threads, recycle: true';
  bench.add('ring', row, 'RSS before', before);
  bench.add('ring', row, 'at its largest', largest);
  bench.add('ring', row, 'at the end', last);
  if (done < total)
    bench.remark(`ring, ${row}: stopped after ${done} publishes, at ${Math.round(largest / 2 ** 20)} MiB`);
}
