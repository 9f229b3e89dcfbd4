// Shared vars under everything at once: five publishers that crash and come back, classic threads and HTTP workers that
// read, check, write to what they got and keep it, JavaScript that reads, opcache_reset() and opcache_invalidate(),
// includes through a symlink, workers that are run again, scopes that come and go with their threads.
//
//   node test/programs/stress.mjs [SECONDS]      default: 600; PHP_SIDEKICK_GUARD_SNAPSHOTS=1 and sanitizers as one likes
//
// Prints a line every few seconds and a JSON object in the end. Status 1: something read was wrong, or memory grew
// without bound; a crash is a crash.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../../dist/index.js';

const seconds = Number(process.argv[2] ?? 600);
const root = fileURLToPath(new URL('../php/stress', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'php-sidekick-stress-'));
mkdirSync(join(folder, 'parts'));
symlinkSync('parts', join(folder, 'link'));
for (let part = 0; part < 20; part++) writeFileSync(join(folder, `parts/part${part}.php`), `<?php return ${part};`);

const MiB = 2 ** 20;
// Of what the process may grow by after its first half: a soft reset of opcache wastes memory until the 32 MiB it is
// given are full, an allocator keeps what it once had, and a garbage collector comes when it likes.
const GROWTH = 160 * MiB;
// A guarded block's address space is never used again, and ASan keeps what was freed: more to map, not more in use.
const boundless = process.env.PHP_SIDEKICK_PREBUILD !== undefined;

const names = ['settings', 'flags', 'strings', 'text', 'numbers'];
const pause = { settings: 500, flags: 1_000, strings: 200_000, text: 20_000, numbers: 2_000 }; // microseconds, at most
const counters = { requests: 0, reads: 0, javascript: 0, crashes: 0, exits: 0, scopes: 0 };

const fatal = [];
function fail(what) {
  fatal.push(what);
  console.log(`wrong: ${what}`);
}

const php = await Runtime.start({
  threads: 2,
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  ini: {
    memory_limit: '512M',
    'opcache.memory_consumption': 32,
    'opcache.file_update_protection': 0,
    'opcache.revalidate_freq': 0,
  },
});
const publisher = { file: join(root, 'publisher.php'), background: true, num: 1, maxConsecutiveFailures: -1 };
const http = { file: join(root, 'worker.php'), num: 2, maxRequests: 300, recycle: true, maxConsecutiveFailures: -1 };
const app = await php.createScope({
  name: 'stress',
  root,
  env: { STRESS_FOLDER: folder },
  workers: [http, ...names.map((name) => ({ ...publisher, name, env: { STRESS_PAUSE: String(pause[name]) } }))],
});
app.on('worker:crash', () => counters.crashes++);
app.on('worker:exit', () => counters.exits++);

const end = performance.now() + seconds * 1000;
const going = () => performance.now() < end && fatal.length === 0;

async function client(scope, mode, turns = Number.POSITIVE_INFINITY) {
  for (let turn = 0; turn < turns && going(); turn++) {
    const response = await scope.fetch(new Request(`http://localhost/${mode}.php`));
    const text = await response.text();
    const reads = /^ok (\d+)$/.exec(text);
    if (reads === null) return fail(`${mode}: ${response.status} ${text.slice(0, 500)}`);
    counters.requests++;
    counters.reads += Number(reads[1]);
  }
}

const isRight = {
  settings: ({ version, double, half, even, text }) =>
    double === version * 2 && half === version / 2 && even === (version % 2 === 0) && text === `version ${version}`,
  flags: ({ version, flags }) =>
    flags.length === 20 &&
    flags.every(
      (group, index) =>
        group.group === index &&
        group.flags.length === 50 &&
        group.flags.every(
          ({ name, on, since }, flag) =>
            name === `flag ${index}.${flag}` && on === ((since + flag) % 2 === 0) && since <= version,
        ),
    ),
  strings: ({ version, strings }) =>
    strings.length === 100_000 &&
    strings.every(
      (text, number) =>
        number % 997 !== 0 || text === version.toString(16).padStart(16, '0') + number.toString(16).padStart(16, '0'),
    ),
  text: ({ version, text }) => text === version.toString(16).padStart(16, '0').repeat(65_536),
  numbers: ({ version, numbers }) =>
    numbers.length === 10_000 && numbers.every((number, index) => number === version + index),
};

async function reader() {
  const seen = {};
  for (let turn = 0; going(); turn++) {
    for (const name of names) {
      if (name === 'strings' && turn % 50 !== 0) continue;
      const handle = app.vars(name);
      const before = handle.version;
      const vars = handle.current;
      if (!isRight[name](vars)) return fail(`JavaScript: ${name} ${vars.version} is torn`);
      if (vars.version < (seen[name] ?? 0)) return fail(`JavaScript: ${name} went back to ${vars.version}`);
      if (handle.version < before) return fail(`JavaScript: the version of ${name} went back`);
      seen[name] = vars.version;
      counters.javascript++;
      await new Promise(setImmediate);
    }
  }
}

async function comeAndGo() {
  while (going()) {
    const some = names.filter(() => Math.random() < 0.5).concat('settings');
    const scope = await php.createScope({
      name: 'passing',
      root,
      env: { STRESS_FOLDER: folder },
      // The reader wants all five: what is not eager is started by its first read.
      workers: [
        { ...http, num: 1 },
        ...names.map((name) => ({
          ...publisher,
          name,
          num: some.includes(name) ? 1 : 0,
          env: { STRESS_PAUSE: '100000' },
        })),
      ],
      stopTimeout: 5_000,
    });
    await Promise.all([client(scope, 'worker', 10), client(scope, 'classic', 10)]);
    await scope.close();
    counters.scopes++;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
  }
}

const samples = [];
function sample() {
  samples.push(process.memoryUsage.rss());
}
const report = () => {
  const at = ((performance.now() - end) / 1000 + seconds).toFixed(0).padStart(4);
  const versions = names.map((name) => `${name} ${app.vars(name).version}`).join(', ');
  const { supersededSnapshots, supersededBytes } = php.status().vars;
  const counts = Object.entries(counters).map(([what, count]) => `${count} ${what}`);
  console.log(
    `${at} s: ${counts.join(', ')}; versions: ${versions}; superseded: ${supersededSnapshots} ` +
      `(${(supersededBytes / MiB).toFixed(1)} MiB); RSS ${(process.memoryUsage.rss() / MiB).toFixed(0)} MiB`,
  );
};
const sampling = setInterval(sample, Math.max(50, seconds * 2));
const reporting = setInterval(report, Math.min(10_000, seconds * 250));

const clients = ['classic', 'classic', 'classic', 'worker', 'worker', 'worker'].map((mode) => client(app, mode));
await Promise.all([...clients, reader(), comeAndGo()]);
clearInterval(sampling);
clearInterval(reporting);
report();

if (existsSync(join(folder, 'wrong'))) fail(readFileSync(join(folder, 'wrong'), 'utf8'));
// Some publish, read, crash and scope there must have been, or nothing was proven.
for (const name of names) if (app.vars(name).version < 3) fail(`${name} was hardly published`);
const quarter = Math.floor(samples.length / 4);
const most = (from, to) => Math.max(...samples.slice(from, to));
const growth = most(3 * quarter, samples.length) - most(quarter, 2 * quarter);
if (!boundless && growth > GROWTH)
  fail(`memory grew by ${(growth / MiB).toFixed(0)} MiB from the second to the last quarter`);

await app.close();
const { supersededSnapshots } = php.status().vars;
if (supersededSnapshots !== 0) fail(`${supersededSnapshots} superseded snapshots are held by nobody`);
await php.stop();
rmSync(folder, { recursive: true });
const publishes = Object.fromEntries(names.map((name) => [name, app.vars(name).version]));
console.log(JSON.stringify({ seconds, ...counters, publishes, growthMiB: Math.round(growth / MiB), wrong: fatal }));
process.exitCode = fatal.length === 0 ? 0 : 1;
