// Puts opcache through what makes it restart, under load on four threads, and prints what came of it as JSON.
// Argument: `reset` (opcache_reset() by every tenth request), `memory` (more code than the cache holds, changing all the
// time), `files` (more files than its table holds, changing too).
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../../dist/index.js';

const mode = process.argv[2];
const root = mkdtempSync(join(tmpdir(), 'php-sidekick-opcache-'));
const files = mode === 'files' ? 600 : 120;
const bulk = mode === 'memory' ? 400 : 20;
const TURNS = 2500; // by each of eight clients

mkdirSync(join(root, 'parts'));
for (let file = 0; file < files; file++) {
  const table = Array.from({ length: bulk }, (_, row) => `'key${file}x${row}' => ['row ${row} of ${file}', ${row}]`);
  writeFileSync(
    join(root, `parts/${file}.php`),
    `<?php
class Part${file} extends Base { const TABLE = [${table.join()}]; public function sum(): int { return array_sum(array_column(self::TABLE, 1)) + ${file}; } }
function part${file}() { static $calls = 0; return (new Part${file})->sum() + $calls++; }
return part${file}();`,
  );
}
writeFileSync(join(root, 'base.php'), '<?php abstract class Base { abstract public function sum(): int; }');
writeFileSync(
  join(root, 'index.php'),
  `<?php
require __DIR__ . '/base.php';
if (isset($_GET['reset'])) opcache_reset();
$sum = 0;
foreach (explode(',', $_GET['parts']) as $part) $sum += include __DIR__ . "/parts/$part.php";
echo $sum;`,
);

const warnings = [];
const logger = { debug() {}, info() {}, warn: (...line) => warnings.push(JSON.stringify(line)), error() {} };
const php = await Runtime.start({
  threads: 4,
  logger,
  ini: {
    'opcache.memory_consumption': mode === 'memory' ? 8 : 64,
    'opcache.interned_strings_buffer': mode === 'memory' ? 1 : 8,
    'opcache.max_accelerated_files': mode === 'files' ? 200 : 2000,
    'opcache.max_wasted_percentage': 1,
    'opcache.revalidate_freq': 0,
    'opcache.file_update_protection': 0, // else files younger than two seconds are not cached
  },
});
const app = await php.createScope({ name: 'opcache', root });
const rowSum = (bulk * (bulk - 1)) / 2;

let wrong = 0;
let requests = 0;
async function client(seed) {
  for (let turn = 0; turn < TURNS; turn++) {
    const parts = Array.from({ length: 6 }, (_, at) => (seed * 31 + turn * 7 + at * 11) % files);
    const wanted = [...new Set(parts)];
    const reset = mode === 'reset' && turn % 10 === seed ? '&reset' : '';
    if (mode !== 'reset' && turn % 5 === 0) {
      const now = new Date(Date.now() - turn * 1000);
      utimesSync(join(root, `parts/${wanted[0]}.php`), now, now); // to opcache a changed file
    }
    const response = await app.fetch(new Request(`http://localhost/index.php?parts=${wanted.join()}${reset}`));
    const expected = wanted.reduce((sum, part) => sum + rowSum + part, 0);
    if ((await response.text()) !== String(expected)) wrong++;
    requests++;
  }
}
await Promise.all(Array.from({ length: 8 }, (_, seed) => client(seed)));
await php.stop();
rmSync(root, { recursive: true });
console.log(
  JSON.stringify({ requests, wrong, full: warnings.filter((line) => line.includes('opcache is full')).length }),
);
