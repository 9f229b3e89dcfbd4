// The whole matrix of opcache restarts, each variant in a process of its own: `npm run test:opcache`.
//   npm run test:opcache -- [--seconds 20] [--runs 1] [VARIANT…]
// Prints a line per variant as it ends; fails when a process crashed, an answer was wrong, or opcache did not restart.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, runs: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const all = ['reset', 'memory', 'files', 'invalidate', 'jit', 'workers', 'churn', 'preload', 'mixed'];
const variants = positionals.length > 0 ? positionals : all;
const program = fileURLToPath(new URL('opcache-restart.mjs', import.meta.url));

async function run(variant) {
  const child = spawn(process.execPath, [program, variant, values.seconds, '100'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) return { end: signal ?? `exit ${code}`, requests: 0, restarts: 0, resets: 0, bad: 0, slowest: 0 };
  return { end: 'ok', ...JSON.parse(text) };
}

const row = (...cells) =>
  console.log(cells.map((cell, at) => (at === 0 ? String(cell).padEnd(12) : String(cell).padStart(11))).join(''));
row('variant', 'runs', 'requests', 'restarts', 'put off', 'resets', 'bad', 'crashed', 'slowest/ms');
let failed = false;
for (const variant of variants) {
  const ends = [];
  for (let turn = 0; turn < Number(values.runs); turn++) ends.push(await run(variant));
  const sum = (key) => ends.reduce((total, end) => total + (end[key] ?? 0), 0);
  const crashed = ends.filter(({ end }) => end !== 'ok');
  row(
    variant,
    ends.length,
    sum('requests'),
    sum('restarts'),
    sum('failedAttempts'),
    sum('resets'),
    sum('bad'),
    crashed.length,
    Math.max(...ends.map(({ slowest }) => slowest)),
  );
  for (const { end, firstBad } of ends)
    if (end !== 'ok' || firstBad) console.log(`  ${end} ${JSON.stringify(firstBad)}`);
  failed ||= crashed.length > 0 || sum('bad') > 0 || ends.some(({ restarts }) => restarts === 0);
}
process.exitCode = failed ? 1 : 0;
