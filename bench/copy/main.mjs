// bench/copy: what it costs to share vars, beside what else one could do, all in one run (docs/benchmarks.md).
//
//   npm run bench:copy -- [--quick | --smoke] [--only section,…] [--names count] [--json file] [--chart file] [--docs]
//
// Prints tables, then what the project promises of the figures; writes both as JSON (build/bench/copy.json),
// and a chart as SVG when asked to. `--docs` puts all three into docs/.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describe, fillPage, machine } from '../common/page.mjs';
import { PAYLOADS } from '../common/payloads.mjs';
import { Samples } from '../common/samples.mjs';
import { judge } from './acceptance.mjs';
import { chart } from './chart.mjs';
import { startHosts } from './hosts.mjs';
import { tables } from './page.mjs';
import { hostOf, PEERS } from './peers.mjs';
import { SECTIONS, table, verdict } from './report.mjs';
import { floor } from './sections/floor.mjs';
import { javascript } from './sections/javascript.mjs';
import { holders, ring } from './sections/memory.mjs';
import { publish, republish } from './sections/publish.mjs';
import { changed, first, names, unchanged } from './sections/read.mjs';
import { scaling } from './sections/scaling.mjs';

// rounds; milliseconds of a timed loop; classic requests a round; publishes that are read one by one a round
const EFFORTS = {
  full: { rounds: 7, milliseconds: 8, requests: 40, turns: 100 },
  quick: { rounds: 3, milliseconds: 3, requests: 15, turns: 40 },
  smoke: { rounds: 1, milliseconds: 0.01, requests: 2, turns: 2 },
};

// In the order in which they run: the last two leave much behind in the process.
const RUN = { floor, unchanged, first, changed, publish, republish, scaling, holders, javascript, names, ring };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    smoke: { type: 'boolean' },
    only: { type: 'string' },
    names: { type: 'string' },
    json: { type: 'string' },
    chart: { type: 'string' },
    docs: { type: 'boolean' },
  },
});
const sections = options.only?.split(',') ?? Object.keys(RUN);
for (const name of sections) {
  if (!(name in RUN)) {
    console.error(`bench: no section '${name}'; there are: ${Object.keys(RUN).join(', ')}`);
    process.exit(2);
  }
}
if (options.names !== undefined && !/^[1-9][0-9]{0,5}$/.test(options.names)) {
  console.error(`bench: --names must be a number of names, not '${options.names}'`);
  process.exit(2);
}
const effort = options.smoke ? 'smoke' : options.quick ? 'quick' : 'full';
const project = fileURLToPath(new URL('../..', import.meta.url));

/** What bench/copy/build made: [paths by name, reasons by name]. */
function buildPeers() {
  const lines = execFileSync('bash', [`${project}bench/copy/build`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  });
  const files = new Map();
  const reasons = new Map();
  for (const line of lines.trim().split('\n')) {
    const [name, file, reason] = line.split('\t');
    if (file === '-') reasons.set(name, reason);
    else files.set(name, file);
  }
  return [files, reasons];
}

const [files, reasons] = buildPeers();
const remarks = [...reasons].map(([name, reason]) => `${name} is not measured: ${reason}`);
const peers = PEERS.filter(({ needs = [] }) => needs.every((name) => files.has(name)));
const { hosts, stop } = await startHosts(peers, files);
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    interrupted = true;
    await stop();
    process.exit(1);
  });
}
const samples = new Samples();
let turn = 1;
const bench = {
  ...EFFORTS[effort],
  smoke: effort === 'smoke',
  names: options.names === undefined ? undefined : Number(options.names),
  files,
  hosts,
  peers,
  host: (peer) => hosts[hostOf(peer)],
  add: (...sample) => samples.add(...sample),
  remark: (text) => remarks.push(text),
  nextTurn(count) {
    turn += count;
    return turn - count;
  },
};

let versions;
const started = performance.now();
try {
  versions = await hosts.main.versions();
  for (const name of sections) {
    const begun = performance.now();
    await RUN[name](bench);
    console.error(`bench: ${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  if (!interrupted) throw error;
} finally {
  await stop();
}

const here = { ...machine(), php: versions.php };
console.log(`bench/copy (${effort}), ${describe(here)}`);
for (const [name, text] of Object.entries(PAYLOADS)) console.log(`  ${name}: ${text}`);
for (const section of Object.keys(SECTIONS)) if (samples.has(section)) console.log(table(samples, section));
const acceptance = judge(samples);
console.log(`acceptance\n${acceptance.map(verdict).join('\n')}`);
for (const text of remarks) console.log(`note: ${text}`);

const seconds = Math.round((performance.now() - started) / 1000);
const result = { effort, seconds, machine: here, payloads: PAYLOADS, results: samples, acceptance, remarks };
const json = resolve(options.json ?? `${project}build/bench/copy.json`);
writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
if (options.docs) {
  const docs = `${project}docs/benchmarks`;
  fillPage('copy', `${describe(here)} Medians.\n\n${tables(samples)}`);
  writeFileSync(`${docs}-copy.json`, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(`${docs}-copy.svg`, chart(samples));
}
if (options.chart !== undefined) writeFileSync(options.chart, chart(samples));
console.log(`\n${seconds} s; written to ${json}`);
