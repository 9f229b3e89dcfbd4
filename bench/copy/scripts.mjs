// Writes what the PHP threads run: a folder with the payloads' JSON and `measured.php`, one set of functions per peer and
// payload. They are generated because a call through a variable costs more than what is measured here.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leafTemplate, PAYLOADS, payload } from '../common/payloads.mjs';

/** Statements in the body of a timed loop: the loop itself is then next to nothing. */
export const UNROLLED = 20;

/** How a peer is called in the names of PHP functions. */
export const wayOf = (peer) => peer.id.replace('-', '_');

/** Name of a generated function. */
export const functionOf = (kind, peer, payload) => `${kind}_${wayOf(peer)}_${payload}`;

/** Makes `folder` the document root of a host that measures `peers`. */
export function writeScripts(folder, peers) {
  mkdirSync(folder, { recursive: true });
  cpSync(fileURLToPath(new URL('php', import.meta.url)), folder, { recursive: true });
  for (const name of Object.keys(PAYLOADS)) {
    for (const turn of [0, 1]) writeFileSync(join(folder, `${name}-${turn}.json`), JSON.stringify(payload(name, turn)));
  }
  writeFileSync(join(folder, 'p2-leaf.json'), leafTemplate());
  const functions = peers.flatMap((peer) =>
    Object.keys(PAYLOADS).map((name) => {
      const fill = (text = '') =>
        text.replaceAll('@', name).replaceAll('#', name.slice(1)).replaceAll('FOLDER', folder);
      return [readers, publishers].map((make) => make(`${wayOf(peer)}_${name}`, peer, fill)).join('');
    }),
  );
  writeFileSync(join(folder, 'measured.php'), `<?php\n\n${functions.join('\n')}`);
}

function readers(suffix, peer, fill) {
  if (peer.read === undefined) return '';
  const [setup, read] = [fill(peer.setup), fill(peer.read)];
  const many = `${read} `.repeat(UNROLLED);
  return `
function read_${suffix}(int $loops): array
{
    ${setup} ${read}
    $cpu = bench_thread_cpu();
    $time = hrtime(true);
    for ($i = 0; $i < $loops; ++$i) { ${many} }
    $time = hrtime(true) - $time;
    return [$time, bench_thread_cpu() - $cpu];
}
function once_${suffix}(): int
{
    ${setup}
    $before = hrtime(true);
    ${read}
    return hrtime(true) - $before;
}
function hold_${suffix}(): mixed
{
    ${setup} ${read}
    return $v;
}
function during_${suffix}(int $nanoseconds, int $loops): array
{
    ${setup} ${read}
    $reads = 0;
    $end = hrtime(true) + $nanoseconds;
    $cpu = bench_thread_cpu();
    do {
        for ($i = 0; $i < $loops; ++$i) { ${many} }
        $reads += $loops * ${UNROLLED};
    } while (hrtime(true) < $end);
    return [$reads, bench_thread_cpu() - $cpu];
}
function turns_${suffix}(int $from, int $count): array
{
    ${setup}
    $times = [];
    for ($turn = $from; $turn < $from + $count; ++$turn) {
        bench_gate_await(0, $turn);
        $before = hrtime(true);
        ${read}
        $times[] = hrtime(true) - $before;
        unset($v);
        bench_gate_open(1, $turn);
    }
    return $times;
}`;
}

function publishers(suffix, peer, fill) {
  if (peer.publish === undefined) return '';
  const [setup, publish] = [fill(peer.setup), fill(peer.publish)];
  return `
function publish_${suffix}(array $values): int
{
    ${setup}
    $before = hrtime(true);
    foreach ($values as $value) { ${publish} }
    return hrtime(true) - $before;
}
function remove_${suffix}(): void
{
    ${setup} ${fill(peer.remove)}
}`;
}
