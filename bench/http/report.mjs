// The tables that people read, and the same in Markdown for docs/benchmarks.md.

const digits = (number) => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2));

/** Columns of every section: how a figure is shown, and whether more of it is better. */
export const COLUMNS = {
  'requests/s': { show: (count) => (count >= 10_000 ? `${digits(count / 1000)} k` : count.toFixed(0)) },
  p50: { show: (milliseconds) => `${digits(milliseconds)} ms` },
  p99: { show: (milliseconds) => `${digits(milliseconds)} ms` },
  'CPU/request': { show: (seconds) => `${digits(seconds * 1e6)} µs` },
  memory: { show: (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB` },
};

/** Medians of a section as rows of text, the first one its head. */
export function rowsOf(samples, section) {
  const columns = Object.keys(COLUMNS);
  const rows = samples.rows(section).map((row) => [
    row,
    ...columns.map((column) => {
      const cell = samples.get(section, row, column);
      return cell === undefined ? '–' : COLUMNS[column].show(cell.median);
    }),
  ]);
  return [['', ...columns], ...rows];
}

export function table(samples, section, title) {
  const rows = rowsOf(samples, section);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
  );
  return `\n${title}\n${lines.join('\n')}`;
}

export function markdown(samples, section, title) {
  const [head, ...rows] = rowsOf(samples, section);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return `**${title}**\n\n${line(head)}\n| --- |${' ---: |'.repeat(head.length - 1)}\n${rows.map(line).join('\n')}\n`;
}

const [WORKER, CLASSIC] = ['php-sidekick, worker', 'php-sidekick, classic'];

/** What the project promises of requests/s: section, row of ours, row beside it, at least so many times its figure. */
const PROMISES = [
  ['hello', WORKER, 'node:http alone', 0.65],
  ['hello', WORKER, 'FrankenPHP, worker', 1.7],
  ['hello', WORKER, 'php-node', 1.7],
  ['hello', CLASSIC, 'php-node', 1.3],
  ['hello', CLASSIC, 'FrankenPHP, classic', 1],
  ['app', CLASSIC, 'FrankenPHP, classic', 1.1],
  ['app', CLASSIC, 'nginx + php-fpm', 1.1],
];

/**
 * The verdict on each promise: {line, measured, least or most, ok}. `measured` is our figure as a multiple of the one
 * beside it; it is undefined, and `ok` null, when one of the two is missing. Beside whoever serves PHP, p99 is judged
 * too: ours is to be no longer.
 */
export function judge(samples) {
  const ratio = (section, row, other, column) => {
    const [own, theirs] = [row, other].map((each) => samples.get(section, each, column)?.median);
    return own === undefined || theirs === undefined ? undefined : own / theirs;
  };
  const rates = PROMISES.map(([section, row, other, least]) => {
    const measured = ratio(section, row, other, 'requests/s');
    return { line: `${section}, ${row}, beside ${other}`, measured, least };
  });
  const delays = PROMISES.filter(([, , other]) => other !== 'node:http alone').map(([section, row, other]) => {
    const measured = ratio(section, row, other, 'p99');
    return { line: `p99 of ${section}, ${row}, beside ${other}`, measured, most: 1 };
  });
  return [...rates, ...delays].map((each) => {
    const { measured, least = 0, most = Number.POSITIVE_INFINITY } = each;
    return { ...each, ok: measured === undefined ? null : measured >= least && measured <= most };
  });
}

export function verdict({ line, measured, least, most, ok }) {
  const mark = ok === null ? '  – ' : ok ? ' ok ' : 'FAIL';
  const bound = least === undefined ? `at most ×${most}` : `at least ×${least}`;
  return `${mark}  ${line}: ${measured === undefined ? 'not measured' : `×${digits(measured)}`} (${bound})`;
}
