// bench/tasks: what a task costs, beside the machine's floor (two threads and a condition variable), in one run.
//
//   npm run bench:tasks -- [--quick] [--json file]
//
// Prints a table, then what the project promises of the figures; writes both as JSON (build/bench/tasks.json).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PAYLOADS, payload } from '../copy/payloads.mjs';
import { Samples } from '../copy/samples.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'string' } } });
const rounds = options.quick ? 3 : 9;
const here = fileURLToPath(new URL('.', import.meta.url));
const folder = fileURLToPath(new URL('../../build/bench/tasks', import.meta.url));
const root = `${folder}/php`;

cpSync(`${here}php`, root, { recursive: true });
for (const name of Object.keys(PAYLOADS)) writeFileSync(`${root}/${name}.json`, JSON.stringify(payload(name, 0)));
mkdirSync(folder, { recursive: true });
execFileSync('c++', ['-O2', '-std=c++20', '-pthread', `${here}floor.cpp`, '-o', `${folder}/floor`]);

const PLACES = { 'one core': ['taskset', '-c', String(cpus().length - 1)], 'two cores': [] };

/** A PHP process on the cores of `place`; `ask(query)` gives nanoseconds. */
function start(place) {
  const [command, ...args] = [...PLACES[place], process.execPath, `${here}host.mjs`, root];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (query) => {
    child.stdin.write(`${new URLSearchParams(query)}\n`);
    const { value, done } = await lines.next();
    const figure = Number(value);
    if (done || !(figure > 0)) throw new Error(`${place}: ${JSON.stringify(query)}: ${value}`);
    return figure;
  };
  const stop = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { ask, stop };
}

const samples = new Samples();
for (const place of Object.keys(PLACES)) {
  const host = start(place);
  const [command, ...args] = [...PLACES[place], `${folder}/floor`, '50000'];
  for (let round = 0; round < rounds; round++) {
    samples.add(place, 'floor: condition variable', 'ns', Number(execFileSync(command, args, { encoding: 'utf8' })));
    samples.add(place, 'round trip, int', 'ns', await host.ask({ do: 'trips', payload: 'int', count: 50_000 }));
    samples.add(place, 'pipelined, int', 'ns', await host.ask({ do: 'pipeline', payload: 'int', count: 200_000 }));
    for (const name of Object.keys(PAYLOADS)) {
      const count = { p1: 20_000, p2: 2_000, p3: 20, p4: 500, p5: 2_000 }[name];
      samples.add(place, `round trip, ${PAYLOADS[name]}`, 'ns', await host.ask({ do: 'trips', payload: name, count }));
    }
  }
  await host.stop();
}

for (const place of Object.keys(PLACES)) {
  console.log(`\n${place}`);
  for (const row of samples.rows(place)) {
    const { median } = samples.get(place, row, 'ns');
    const time = median >= 1e6 ? `${(median / 1e6).toFixed(2)} ms` : `${(median / 1e3).toFixed(2)} µs`;
    console.log(`  ${row.padEnd(45)} ${time.padStart(10)}  ${Math.round(1e9 / median).toLocaleString('en')}/s`);
  }
}
const of = (place, row) => samples.get(place, row, 'ns').median;
const promises = [
  {
    promise: 'round trip on one core ≤ 1.5 × the floor',
    figure: of('one core', 'round trip, int') / of('one core', 'floor: condition variable'),
    kept: (figure) => figure <= 1.5,
  },
  {
    promise: 'pipelined on two cores ≥ 1 M tasks/s',
    figure: 1e9 / of('two cores', 'pipelined, int'),
    kept: (figure) => figure >= 1e6,
  },
].map(({ promise, figure, kept }) => ({ promise, figure: Number(figure.toPrecision(4)), kept: kept(figure) }));
console.log();
for (const { promise, figure, kept } of promises) console.log(`${kept ? 'kept' : 'NOT KEPT'}: ${promise}: ${figure}`);
writeFileSync(options.json ?? `${folder}.json`, `${JSON.stringify({ rounds, samples, promises }, null, 2)}\n`);
