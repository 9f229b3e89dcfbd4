// What JavaScript measures, in the process that runs PHP (host.mjs): reading shared vars, and what else one could do.
// Each function takes the host's {app, tell, folder} and answers nanoseconds.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { payload as payloadOf } from '../common/payloads.mjs';

const now = () => Number(process.hrtime.bigint());

/** A function that reads every leaf. A new one each time: it is compiled for the shapes it meets. */
function leafReader() {
  return new Function(`
    return function read(value) {
      if (typeof value === 'number') return value;
      if (typeof value === 'string') return value.length;
      if (typeof value !== 'object' || value === null) return value ? 1 : 0;
      let sum = 0;
      if (Array.isArray(value)) for (let at = 0; at < value.length; at++) sum += read(value[at]);
      else for (const key in value) sum += read(value[key]);
      return sum;
    };`)();
}

let sink = 0;

// Written to in loops that only read, or the compiler looks once and takes the rest for granted.
const trace = new Float64Array(8);

/** Median of `count` runs of `step`, which answers what it read. */
function each(count, step) {
  const times = [];
  for (let run = 0; run < count; run++) {
    const started = now();
    sink += step(run);
    times.push(now() - started);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

/** `.current` when nothing is published meanwhile. */
function unchanged({ app }, payload, count) {
  const vars = app.vars(payload);
  const value = vars.current;
  let others = 0;
  const started = now();
  for (let read = 0; read < count; read++) {
    trace[read & 7] = read;
    if (vars.current !== value) others++;
  }
  const time = (now() - started) / count;
  if (others > 0) throw new Error('the value changed');
  return time;
}

const readers = new Map();
const readerOf = (way, payload) => {
  const key = `${way} ${payload}`;
  if (!readers.has(key)) readers.set(key, leafReader());
  return readers.get(key);
};

/** `.current` just after PHP has published another value, and every leaf of it. */
async function changed({ app, tell }, payload, count) {
  const vars = app.vars(payload);
  const read = readerOf('ours', payload);
  const times = [];
  for (let run = 0; run < count; run++) {
    await tell(payload, 'fresh', 'ours', 1);
    const started = now();
    sink += read(vars.current);
    times.push(now() - started);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

/** Makes the same value of another in JavaScript, frozen and without prototypes as ours is. */
function build(source) {
  if (Array.isArray(source)) return Object.freeze(source.map(build));
  if (typeof source !== 'object' || source === null) return source;
  const made = Object.create(null);
  for (const key in source) made[key] = build(source[key]);
  return Object.freeze(made);
}

const sources = new Map();
const sourceOf = (payload, turn) => {
  const key = `${payload} ${turn & 1}`;
  if (!sources.has(key)) sources.set(key, payloadOf(payload, turn & 1));
  return sources.get(key);
};

/** Build and freeze, and every leaf. */
function built(_, payload, count) {
  const read = readerOf('built', payload);
  return each(count, (run) => read(build(sourceOf(payload, run))));
}

function cloned(_, payload, count) {
  const read = readerOf('cloned', payload);
  return each(count, (run) => read(structuredClone(sourceOf(payload, run))));
}

function parsed(_, payload, count) {
  const read = readerOf('parsed', payload);
  const texts = [0, 1].map((turn) => JSON.stringify(sourceOf(payload, turn)));
  return each(count, (run) => read(JSON.parse(texts[run & 1])));
}

let echo;

/** To a worker_thread and back, and every leaf. */
async function posted(_, payload, count) {
  const read = readerOf('posted', payload);
  echo ??= new Worker(`require('node:worker_threads').parentPort.on('message', function (m) { this.postMessage(m) })`, {
    eval: true,
  });
  const times = [];
  for (let run = 0; run < count; run++) {
    const value = sourceOf(payload, run);
    const started = now();
    const back = await new Promise((resolve) => {
      echo.once('message', resolve);
      echo.postMessage(value);
    });
    sink += read(back);
    times.push(now() - started);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

let database;

async function lmdb(folder) {
  // Where the benchmark's own packages are; not a dependency of the project.
  const { open } = await import(new URL('../node_modules/lmdb/index.js', import.meta.url));
  database ??= open({ path: join(folder, 'lmdb'), cache: true, sharedStructuresKey: Symbol.for('structures') });
  return database;
}

/** lmdb's get() of a value that its cache holds. */
async function lmdbUnchanged({ folder }, payload, count) {
  const db = await lmdb(folder);
  db.putSync(payload, sourceOf(payload, 0));
  const value = db.get(payload);
  let others = 0;
  const started = now();
  for (let read = 0; read < count; read++) {
    trace[read & 7] = read;
    if (db.get(payload) !== value) others++;
  }
  const time = (now() - started) / count;
  if (others > 0) throw new Error("lmdb's cache gave another value");
  return time;
}

/** lmdb's get() of a value that is not in its cache, and every leaf. */
async function lmdbChanged({ folder }, payload, count) {
  const db = await lmdb(folder);
  const read = readerOf('lmdb', payload);
  const times = [];
  for (let run = 0; run < count; run++) {
    db.putSync(payload, sourceOf(payload, run));
    db.cache.delete(payload);
    const started = now();
    sink += read(db.get(payload));
    times.push(now() - started);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

/** Publishes a payload under each of `count` names; another in the next round. */
function publishNames({ app }, payload, count, round) {
  const value = sourceOf(payload, round);
  for (let number = 0; number < count; number++) app.vars(`name-${number}`).publish(value);
}

/** Publishing from JavaScript, another value each time. */
function published({ app }, payload, count) {
  const vars = app.vars(`name-${payload}`);
  return each(count, (run) => {
    vars.publish(sourceOf(payload, run));
    return 0;
  });
}

/** Everything above, for host.mjs. */
export const MEASURES = {
  unchanged,
  changed,
  built,
  cloned,
  parsed,
  posted,
  lmdbUnchanged,
  lmdbChanged,
  publishNames,
  published,
};

export function close() {
  echo?.terminate();
  database?.close();
  if (Number.isNaN(sink)) console.error('a leaf was not read');
}
