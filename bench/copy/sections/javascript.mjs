// In JavaScript: reading what has not changed, what has changed with every leaf read, and publishing.
import { PAYLOADS } from '../../common/payloads.mjs';

const CHANGED = {
  changed: 'php-sidekick',
  built: 'build and freeze in JavaScript',
  cloned: 'structuredClone',
  parsed: 'JSON.parse',
  posted: 'postMessage, there and back',
  lmdbChanged: 'lmdb, not in its cache',
};

// p3 takes 100 ms by some ways.
const RUNS = { p1: 40, p2: 20, p3: 1, p4: 5, p5: 5 };

export async function javascript(bench) {
  const { main } = bench.hosts;
  const withLmdb = bench.files.has('lmdb');
  for (let round = 0; round < bench.rounds; round++) {
    for (const payload of Object.keys(PAYLOADS)) {
      const reads = bench.smoke ? 1000 : 1_000_000;
      bench.add('js unchanged', 'php-sidekick', payload, await main.javascript('unchanged', payload, reads));
      if (withLmdb) {
        bench.add(
          'js unchanged',
          'lmdb with its cache',
          payload,
          await main.javascript('lmdbUnchanged', payload, reads),
        );
      }
      bench.add(
        'js publish',
        'php-sidekick',
        payload,
        await main.javascript('published', payload, bench.smoke ? 1 : RUNS[payload]),
      );
      for (const [way, label] of Object.entries(CHANGED)) {
        if (way === 'lmdbChanged' && !withLmdb) continue;
        const runs = bench.smoke ? 1 : RUNS[payload];
        bench.add('js changed', label, payload, await main.javascript(way, payload, runs));
      }
    }
  }
}
