// bench/http: requests a second, and what each costs, beside what else serves PHP, all in one run (docs/benchmarks.md).
//
//   npm run bench:http -- [--quick | --smoke] [--only section,…] [--json file] [--docs]
//
// Prints tables, then what the project promises of the figures; writes both as JSON (build/bench/http.json). `--docs`
// puts them into docs/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describe, fillPage, machine } from '../common/page.mjs';
import { Samples } from '../common/samples.mjs';
import { writeClasses } from './classes.mjs';
import { Load, UPLOAD_BYTES } from './load.mjs';
import { PEERS } from './peers.mjs';
import { cpuOf, familyOf, memoryOf } from './processes.mjs';
import { judge, markdown, table, verdict } from './report.mjs';

const EFFORTS = {
  full: { rounds: 5, seconds: 5, warmUp: 2 },
  quick: { rounds: 3, seconds: 2, warmUp: 1 },
  smoke: { rounds: 1, seconds: 1, warmUp: 1 },
};

const FEW = 2 * availableParallelism(); // PHP threads, or children, of every server
const SECTIONS = {
  hello: { title: 'hello, 32 connections', connections: 32, threads: FEW, answer: /^Hello, world!$/ },
  json: { title: 'JSON of 50 items, 32 connections', connections: 32, threads: FEW, answer: /^\[\{"id":1,.*\}\]$/s },
  app: { title: '300 classes, 32 connections', connections: 32, threads: FEW, answer: /^sum \d+$/ },
  download: {
    title: '1 MiB down, 16 connections',
    connections: 16,
    threads: FEW,
    answer: /^(0123456789abcdef){65536}$/,
  },
  upload: { title: '1 MiB up, 16 connections', connections: 16, threads: FEW, answer: /^1048576$/, method: 'POST' },
  sleep: { title: '20 ms of sleep, 32 threads, 32 connections', connections: 32, threads: 32, answer: /^slept$/ },
};

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    smoke: { type: 'boolean' },
    only: { type: 'string' },
    json: { type: 'string' },
    docs: { type: 'boolean' },
  },
});
const sections = options.only?.split(',') ?? Object.keys(SECTIONS);
for (const name of sections) {
  if (!(name in SECTIONS)) {
    console.error(`bench: no section '${name}'; there are: ${Object.keys(SECTIONS).join(', ')}`);
    process.exit(2);
  }
}
const effort = options.smoke ? 'smoke' : options.quick ? 'quick' : 'full';
const { rounds, seconds, warmUp } = EFFORTS[effort];
const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${project}build/bench/http`;
const classes = `${folder}/classes`;
mkdirSync(folder, { recursive: true });
writeClasses(classes);

const found = new Map();
const remarks = [];
const lines = execFileSync('bash', [`${project}bench/http/build`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 2] });
for (const line of lines.trim().split('\n')) {
  const [name, file, reason] = line.split('\t');
  if (file === '-') remarks.push(`${name}: ${reason}`);
  else found.set(name, file);
}
if (!found.has('wrk') && !found.has('autocannon')) {
  console.error('bench: neither wrk nor autocannon is there to make load with');
  process.exit(1);
}
const load = new Load(found.get('wrk'), found.get('autocannon'), folder);
const samples = new Samples();
let running = [];
const stopAll = async () => {
  await Promise.all(running.map(({ stop }) => stop()));
  running = [];
};
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(1);
  });
}

/** Whether a server gives the page as it should; a reason when it does not. */
async function problemOf(url, { answer, method = 'GET' }) {
  const response = await fetch(url, { method, body: method === 'POST' ? 'x'.repeat(UPLOAD_BYTES) : undefined });
  const text = await response.text();
  if (response.status !== 200) return `it answers ${response.status}`;
  return answer.test(text) ? undefined : `it answers '${text.slice(0, 60)}'`;
}

/** Starts those who can serve the section's page. */
async function start(name, section) {
  const url = (port) => `http://127.0.0.1:${port}/${name}.php`;
  for (const peer of PEERS) {
    if (peer.lacks?.includes(name) || !(peer.needs ?? []).every((each) => found.has(each))) continue;
    try {
      const server = await peer.start({ threads: section.threads, classes, found, folder });
      const problem = await problemOf(url(server.port), section);
      if (problem === undefined) running.push({ ...server, label: peer.label, url: url(server.port) });
      else {
        await server.stop();
        throw new Error(problem);
      }
    } catch (error) {
      remarks.push(`${name}: ${peer.label} is not measured: ${error.message}`);
    }
  }
}

async function measure(name, server, { connections, method = 'GET' }) {
  const family = familyOf(server.pids);
  const before = cpuOf(family);
  const burst = await load.burst(server.url, { seconds, connections, method });
  const cpu = cpuOf(family) - before;
  if (burst.errors > 0) remarks.push(`${name}: ${server.label}: ${burst.errors} errors`);
  samples.add(name, server.label, 'requests/s', burst.requests / burst.seconds);
  samples.add(name, server.label, 'p50', burst.p50);
  samples.add(name, server.label, 'p99', burst.p99);
  samples.add(name, server.label, 'CPU/request', cpu / Math.max(1, burst.requests));
  samples.add(name, server.label, 'memory', memoryOf(family));
}

const started = performance.now();
try {
  for (const name of sections) {
    const section = SECTIONS[name];
    const { connections, method = 'GET' } = section;
    await start(name, section);
    for (const server of running) await load.burst(server.url, { seconds: warmUp, connections, method });
    for (let round = 0; round < rounds; round++) {
      // In turn, and each round from another one on: what else the machine does falls on all alike.
      for (let at = 0; at < running.length; at++) await measure(name, running[(at + round) % running.length], section);
    }
    await stopAll();
    console.error(`bench: ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s so far`);
  }
} finally {
  await stopAll();
}

const here = machine();
const acceptance = judge(samples);
console.log(`bench/http (${effort}), ${load.name} on the same machine, ${describe(here)}`);
for (const name of sections) if (samples.has(name)) console.log(table(samples, name, SECTIONS[name].title));
console.log(`\nacceptance\n${acceptance.map(verdict).join('\n')}`);
for (const remark of remarks) console.log(`note: ${remark}`);

const result = { effort, load: load.name, machine: here, results: samples, acceptance, remarks };
const json = resolve(options.json ?? `${project}build/bench/http.json`);
writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
if (options.docs) {
  writeFileSync(`${project}docs/benchmarks-http.json`, `${JSON.stringify(result, null, 2)}\n`);
  const tables = sections
    .filter((name) => samples.has(name))
    .map((name) => markdown(samples, name, SECTIONS[name].title));
  const verdicts = acceptance.map((each) => `- ${verdict(each).trim()}`).join('\n');
  fillPage('http', `${describe(here)} Medians of ${rounds} rounds.\n\n${tables.join('\n')}\n${verdicts}`);
}
console.log(`\nwritten to ${json}`);
