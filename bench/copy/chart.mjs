// The chart of docs/benchmarks.md, as SVG: bars on a logarithmic scale, readable on light and dark pages.
import { duration } from './report.mjs';

const PANELS = [
  { section: 'unchanged', column: 'p2', title: 'Reading what has not changed' },
  { section: 'first', column: 'p2', title: 'The first read in a request' },
  { section: 'publish', column: 'p2', title: 'Publishing' },
];

// Rows that are shown, in this order, and what they are called there.
const ROWS = {
  'empty internal call': 'empty internal call',
  'php-sidekick': 'php-sidekick',
  'opcache include': 'opcache include',
  "FrankenPHP's way": 'copy behind a lock (FrankenPHP)',
  APCu: 'APCu, best serializer',
  sysvshm: 'System V shared memory',
  'Redis, phpredis': 'Redis on loopback',
};

const WIDTH = 760;
const LEFT = 232;
const BAR = 16;
const STEP = 24;
const HEAD = 34;
const [FROM, TO] = [1, 1e6]; // nanoseconds

const x = (nanoseconds) =>
  LEFT + (Math.log(Math.max(nanoseconds, FROM) / FROM) / Math.log(TO / FROM)) * (WIDTH - LEFT - 76);
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The samples' chart. */
export function chart(samples) {
  let y = 20;
  let body =
    '<text class="value" x="0" y="12">median time each; a step of the scale is ten times the one before</text>\n';
  for (const panel of PANELS) {
    const bars = Object.entries(ROWS).flatMap(([row, label]) => {
      const value = figure(samples, panel, row);
      return value === undefined ? [] : [{ row, label, value }];
    });
    y += HEAD;
    body += `<text class="title" x="0" y="${y - 10}">${escaped(panel.title)}: a tree of 1 000 flags</text>\n`;
    for (let mark = FROM; mark <= TO; mark *= 10) {
      const at = x(mark).toFixed(1);
      body += `<line x1="${at}" x2="${at}" y1="${y - 2}" y2="${y + STEP * bars.length - 6}"/>\n`;
    }
    for (const { row, label, value } of bars) {
      const end = x(value);
      body += `<text x="${LEFT - 8}" y="${y + BAR - 4}" text-anchor="end">${escaped(label)}</text>
<rect class="${row === 'php-sidekick' ? 'ours' : 'bar'}" x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>
<text class="value" x="${(end + 6).toFixed(1)}" y="${y + BAR - 4}">${duration(value)}</text>\n`;
      y += STEP;
    }
    y += 10;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-labelledby="t">
<title id="t">Time per read and per publish, logarithmic scale</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 14px; }
  .value { font-size: 12px; fill: #59636e; }
  line { stroke: #d1d9e0; }
  .bar { fill: #9aa7b4; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .value { fill: #9198a1; }
    line { stroke: #3d444d; }
    .bar { fill: #57606a; }
    .ours { fill: #4493f8; }
  }
</style>
${body}</svg>\n`;
}

function figure(samples, { section, column }, row) {
  const rows = row === 'APCu' ? samples.rows(section).filter((name) => name.startsWith('APCu')) : [row];
  const values = rows.map((name) => samples.get(section, name, column)?.median).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : Math.min(...values);
}
