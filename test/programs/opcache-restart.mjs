// Puts opcache through what makes it restart, under load, and prints what came of it as one line of JSON.
//   opcache-restart.mjs VARIANT SECONDS [PATIENCE]     PATIENCE: opcache.restartTimeout, milliseconds
// Every answer's content is compared with what it must be. test/opcache-restart.test.ts runs each variant for seconds,
// `npm run test:opcache` for longer.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../../dist/index.js';

// do: what some requests do; touch: files change all the time; bulk: rows of a file's table; clients: [kind, number].
const VARIANTS = {
  reset: { do: 'reset', bulk: 200 },
  memory: { touch: true, bulk: 300 },
  files: {
    touch: true,
    files: 300,
    bulk: 100,
    ini: { 'opcache.memory_consumption': 32, 'opcache.max_accelerated_files': 200 },
  },
  invalidate: { do: 'invalidate', bulk: 300 },
  jit: { do: 'reset', bulk: 200, ini: { 'opcache.jit': 'tracing', 'opcache.jit_buffer_size': '16M' } },
  workers: { touch: true, bulk: 300, do: 'ensure', http: 4, background: true },
  churn: { touch: true, bulk: 300, churn: true },
  preload: { touch: true, bulk: 300, preload: true },
  mixed: {
    do: 'mixed',
    touch: true,
    bulk: 200,
    http: 2,
    background: true,
    churn: true,
    preload: true,
    ini: { 'opcache.jit': 'tracing', 'opcache.jit_buffer_size': '16M' },
  },
  // Not of the matrix: a background worker that never leaves, a request that does not end, keep the cache in service.
  endless: { touch: true, bulk: 300, http: 2, endless: true },
  immortal: { touch: true, bulk: 300, http: 2, immortal: true },
};

const [, , name, seconds, patience = '500'] = process.argv;
const variant = VARIANTS[name];
const files = variant.files ?? 120;
const bulk = variant.bulk ?? 20;
const php = fileURLToPath(new URL('../php/opcache-restart', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'php-sidekick-opcache-'));

for (const folder of ['parts', 'data', 'links']) mkdirSync(join(root, folder));
for (let n = 0; n < files; n++) {
  const table = Array.from({ length: bulk }, (_, row) => `'key${n}x${row}' => ['row ${row} of ${n}', ${row}]`);
  writeFileSync(
    join(root, `parts/${n}.php`),
    `<?php\nclass Part${n} extends Base { use Labelled; const PATTERN = '/^part-${n}-(?<tail${n}>[a-z]+)$/'; const TABLE = [${table.join()}]; }\n`,
  );
  writeFileSync(
    join(root, `data/${n}.php`),
    `<?php\nreturn ['name' => 'data ${n}', 'twice' => static fn (int $x): int => 2 * $x, 'rows' => [${table.join()}]];\n`,
  );
  symlinkSync(join(root, `data/${n}.php`), join(root, `links/${n}.php`));
}
const expected = (parts) =>
  parts
    .map((n) => `${(bulk * (bulk - 1)) / 2}:label of Part${n}:data ${n}:${2 * n}:tail:${n % 2 ? 'Odd' : 'Even'}`)
    .join();

const log = { info: [], warn: [] };
const keep = (lines) => (_fields, message) => lines.push(message);
const runtime = await Runtime.start({
  threads: 4,
  logger: { debug() {}, info: keep(log.info), warn: keep(log.warn), error: keep(log.warn) },
  opcache: { restartTimeout: Number(patience) },
  ini: {
    'opcache.memory_consumption': 8,
    'opcache.interned_strings_buffer': 1,
    'opcache.max_accelerated_files': 2000,
    'opcache.max_wasted_percentage': 1,
    'opcache.revalidate_freq': 0,
    'opcache.file_update_protection': 0, // else files younger than two seconds are not cached
    ...(variant.preload && {
      'opcache.preload': join(php, 'preload.php'),
      ...(userInfo().uid === 0 && { 'opcache.preload_user': userInfo().username }),
    }),
    ...variant.ini,
  },
});
const worker = (script, options) => ({ file: join(php, script), ...options });
const app = await runtime.createScope({
  name: 'opcache',
  root: php,
  ...(variant.immortal && { stopTimeout: 0 }),
  workers: [
    ...(variant.http ? [worker('worker.php', { name: 'http', num: variant.http })] : []),
    ...(variant.background
      ? [
          worker('background.php', { name: 'steady', background: true, num: 1, args: [root] }),
          worker('background.php', { background: true, args: [root] }),
        ]
      : []),
    ...(variant.immortal ? [worker('immortal.php', { name: 'immortal', background: true, num: 1 })] : []),
  ],
});

const until = performance.now() + Number(seconds) * 1000;
const under = () => performance.now() < until;
const bad = [];
let requests = 0;
let slowest = 0;

async function ask(scope, script, parts, query = '') {
  const asked = performance.now();
  const response = await scope.fetch(
    new Request(`http://localhost/${script}?parts=${parts.join()}&root=${encodeURIComponent(root)}${query}`),
  );
  const answer = await response.text();
  requests++;
  slowest = Math.max(slowest, performance.now() - asked);
  if (answer !== expected(parts)) bad.push({ status: response.status, query, answer: answer.slice(0, 500) });
}

/** A client's doing in its `turn`th request. */
function doing(seed, turn) {
  if (variant.do === undefined) return '';
  const kinds = variant.do === 'mixed' ? ['reset', 'invalidate', 'ensure'] : [variant.do];
  const kind = kinds[Math.floor(turn / 7) % kinds.length];
  const rare = kind === 'reset' ? turn % 49 === seed : turn % 7 === seed % 7;
  return rare ? `&do=${kind}&steady=${encodeURIComponent(expected([1, 2, 3]))}` : '';
}

async function client(seed) {
  const script = seed % 2 === 1 && variant.http ? 'worker.php' : 'classic.php';
  for (let turn = 0; under(); turn++) {
    const parts = [...new Set(Array.from({ length: 6 }, (_, at) => (seed * 31 + turn * 7 + at * 11) % files))];
    if (variant.touch && turn % 4 === 0) {
      const changed = new Date(Date.now() - (turn % 100_000) * 1000);
      utimesSync(join(root, `data/${parts[0]}.php`), changed, changed);
    }
    const preloaded = variant.preload && script === 'classic.php' ? '&preloaded' : '';
    await ask(app, script, parts, preloaded + (script === 'classic.php' ? doing(seed, turn) : ''));
  }
}

// Threads that start, idle over restarts, and end.
async function churn() {
  for (let turn = 0; under(); turn++) {
    const scope = await runtime.createScope({
      name: `churn${turn}`,
      root: php,
      workers: [
        worker('worker.php', { name: 'short', num: 2 }),
        worker('background.php', { name: 'short-lived', background: true, num: 1, args: [root] }),
      ],
    });
    for (let each = 0; each < 4; each++) await ask(scope, 'worker.php', [turn % files, (turn + each + 1) % files]);
    await scope.close();
  }
}

const endless = variant.endless ? ask(app, 'classic.php', [1], '&do=endless') : undefined;
await Promise.all([...Array.from({ length: 8 }, (_, seed) => client(seed)), ...(variant.churn ? [churn()] : [])]);
const { opcache, threads } = runtime.status();
writeFileSync(join(root, 'over'), '');
await endless;
await runtime.stop();
rmSync(root, { recursive: true });
console.log(
  JSON.stringify({
    variant: name,
    requests,
    bad: bad.length,
    restarts: opcache.restarts,
    resets: opcache.resets,
    failedAttempts: opcache.failedAttempts,
    slowest: Math.round(slowest),
    failures: threads.reduce((sum, thread) => sum + thread.failures, 0),
    firstBad: bad[0],
    restarted: log.info.concat(log.warn).filter((line) => line.startsWith('opcache restarted')).length,
    putOff: log.warn.filter((line) => line.startsWith('opcache could not restart')),
    warnings: log.warn.filter((line) => !line.startsWith('opcache')).slice(0, 3),
  }),
);
