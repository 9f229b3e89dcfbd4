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

/** What the project promises of the figures: [line, value or undefined, least]. */
export function judge(samples) {
  const rate = (section, row) => samples.get(section, row, 'requests/s')?.median;
  const ratio = (section, row, ...others) => {
    const known = others.map((other) => rate(section, other)).filter((value) => value !== undefined);
    const own = rate(section, row);
    return own === undefined || known.length === 0 ? undefined : own / Math.max(...known);
  };
  const [worker, classic] = ['php-sidekick, worker', 'php-sidekick, classic'];
  return [
    ['hello, worker, beside node:http alone', ratio('hello', worker, 'node:http alone'), 0.65],
    ['hello, worker, beside php-node', ratio('hello', worker, 'php-node'), 1.7],
    ['hello, classic, beside php-node', ratio('hello', classic, 'php-node'), 1.3],
    ['300 classes, classic, beside nginx + php-fpm', ratio('app', classic, 'nginx + php-fpm'), 1.1],
  ].map(([line, measured, least]) => ({
    line,
    measured,
    least,
    ok: measured === undefined ? null : measured >= least,
  }));
}

export const verdict = ({ line, measured, least, ok }) =>
  `${ok === null ? '  – ' : ok ? ' ok ' : 'FAIL'}  ${line}: ${measured === undefined ? 'not measured' : `×${digits(measured)}`} (at least ×${least})`;
