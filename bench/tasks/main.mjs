// bench/tasks: what a task costs, in one run: between PHP threads, beside the machine's floor (two threads and a condition
// variable); and from JavaScript and back, beside piscina and postMessage().
//
//   npm run bench:tasks -- [--quick] [--json file] [--docs]
//
// Prints tables, then what the project promises of the figures; writes both as JSON (build/bench/tasks.json). `--docs`
// puts them into docs/.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describe, fillPage, machine } from '../common/page.mjs';
import { PAYLOADS, payload } from '../common/payloads.mjs';
import { Samples } from '../common/samples.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, docs: { type: 'boolean' } },
});
const rounds = options.quick ? 3 : 9;
const here = fileURLToPath(new URL('.', import.meta.url));
const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${project}build/bench/tasks`;
const root = `${folder}/php`;

mkdirSync(folder, { recursive: true });
cpSync(`${here}php`, root, { recursive: true });
for (const name of Object.keys(PAYLOADS)) writeFileSync(`${root}/${name}.json`, JSON.stringify(payload(name, 0)));
execFileSync('c++', ['-O2', '-std=c++20', '-pthread', `${here}floor.cpp`, '-o', `${folder}/floor`]);
execFileSync('bash', [`${project}bench/common/packages`], { stdio: ['ignore', 'ignore', 'inherit'] });

const PLACES = { 'one core': ['taskset', '-c', String(cpus().length - 1)], 'two cores': [] };
const FROM_PHP = 'PHP to PHP, on';
const WAYS = ['php-sidekick', 'piscina', 'piscina, 64 at once', 'postMessage'];
const FROM_JAVASCRIPT = { int: 'JavaScript and back, an int', p2: 'JavaScript and back, a tree of 1 000 flags' };

/** A process on the cores of `place`; `ask(query)` gives nanoseconds. */
function start(place, script, ...args) {
  const [command, ...rest] = [...PLACES[place], process.execPath, `${here}${script}`, ...args];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (query) => {
    child.stdin.write(`${new URLSearchParams(query)}\n`);
    const { value, done } = await lines.next();
    const figure = Number(value);
    if (done || !(figure > 0)) throw new Error(`${script} ${args}: ${JSON.stringify(query)}: ${value}`);
    return figure;
  };
  const stop = async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
  return { ask, stop };
}

const samples = new Samples();
for (const place of Object.keys(PLACES)) {
  const section = `${FROM_PHP} ${place}`;
  const host = start(place, 'host.mjs', root);
  const [command, ...args] = [...PLACES[place], `${folder}/floor`, '50000'];
  const add = (row, figure) => samples.add(section, row, 'ns', figure);
  for (let round = 0; round < rounds; round++) {
    add('floor: condition variable', Number(execFileSync(command, args, { encoding: 'utf8' })));
    add('round trip, int', await host.ask({ do: 'trips', payload: 'int', count: 50_000 }));
    add('pipelined, int', await host.ask({ do: 'pipeline', payload: 'int', count: 200_000 }));
    for (const name of Object.keys(PAYLOADS)) {
      const count = { p1: 20_000, p2: 2_000, p3: 20, p4: 500, p5: 2_000 }[name];
      add(`round trip, ${PAYLOADS[name]}`, await host.ask({ do: 'trips', payload: name, count }));
    }
  }
  await host.stop();
}

const hosts = WAYS.map((way) => [way, start('two cores', 'javascript.mjs', way, root)]);
for (let round = 0; round < rounds; round++) {
  for (const [name, section] of Object.entries(FROM_JAVASCRIPT)) {
    for (const inFlight of [1, 64]) {
      for (const [way, host] of hosts) {
        const count = (name === 'int' ? 20_000 : 2_000) * (inFlight === 1 ? 1 : 3);
        samples.add(section, `${way}, ${inFlight} in flight`, 'ns', await host.ask({ payload: name, inFlight, count }));
      }
    }
  }
}
for (const [, host] of hosts) await host.stop();

const of = (section, row) => samples.get(section, row, 'ns').median;
const row64 = (way) => of(FROM_JAVASCRIPT.int, `${way}, 64 in flight`);
const promises = [
  {
    promise: 'PHP to PHP, round trip on one core ≤ 1.5 × the floor',
    figure: of(`${FROM_PHP} one core`, 'round trip, int') / of(`${FROM_PHP} one core`, 'floor: condition variable'),
    kept: (figure) => figure <= 1.5,
  },
  {
    promise: 'PHP to PHP, pipelined on two cores ≥ 1 M tasks/s',
    figure: 1e9 / of(`${FROM_PHP} two cores`, 'pipelined, int'),
    kept: (figure) => figure >= 1e6,
  },
  {
    promise: 'JavaScript to PHP and back, 64 in flight ≥ 5 × piscina',
    figure: row64('piscina') / row64('php-sidekick'),
    kept: (figure) => figure >= 5,
  },
].map(({ promise, figure, kept }) => ({ promise, figure: Number(figure.toPrecision(4)), kept: kept(figure) }));

const sections = [...Object.keys(PLACES).map((place) => `${FROM_PHP} ${place}`), ...Object.values(FROM_JAVASCRIPT)];
const cells = (section, row) => {
  const { median } = samples.get(section, row, 'ns');
  const time = median >= 1e6 ? `${(median / 1e6).toFixed(2)} ms` : `${(median / 1e3).toFixed(2)} µs`;
  return [row, time, `${Math.round(1e9 / median).toLocaleString('en')}/s`];
};
for (const section of sections) {
  console.log(`\n${section}`);
  for (const [row, time, rate] of samples.rows(section).map((each) => cells(section, each))) {
    console.log(`  ${row.padEnd(45)} ${time.padStart(10)}  ${rate}`);
  }
}
const verdicts = promises.map(({ promise, figure, kept }) => `${kept ? 'ok' : 'FAIL'}: ${promise}: ${figure}`);
console.log(`\n${verdicts.join('\n')}`);
const result = { machine: machine(), rounds, samples, promises };
writeFileSync(options.json ?? `${folder}.json`, `${JSON.stringify(result, null, 2)}\n`);
if (options.docs) {
  const tables = sections.map((section) => {
    const lines = samples.rows(section).map((row) => `| ${cells(section, row).join(' | ')} |`);
    return `**${section}**\n\n| | per task | |\n| --- | ---: | ---: |\n${lines.join('\n')}\n`;
  });
  const ends = verdicts.map((each) => `- ${each}`).join('\n');
  fillPage('tasks', `${describe(result.machine)} Medians of ${rounds} rounds.\n\n${tables.join('\n')}\n${ends}`);
}
