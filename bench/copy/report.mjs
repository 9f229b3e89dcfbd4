// The tables that people read.

const UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [0, 'ns'],
];

const digits = (number) => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2));

/** As `6.81 ns`, `14.2 µs`. */
export function duration(nanoseconds) {
  const [scale, unit] = UNITS.find(([from]) => Math.abs(nanoseconds) >= from);
  return `${digits(nanoseconds / (scale || 1))} ${unit}`;
}

export const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
export const perSecond = (count) => (count >= 1e6 ? `${digits(count / 1e6)} M/s` : `${digits(count / 1e3)} k/s`);

/** How each section is shown; `ours` is the row that the others are compared with. */
export const SECTIONS = {
  floor: { title: 'Floor of the machine', show: duration },
  unchanged: { title: 'PHP reads what has not changed, per read', show: duration, ours: 'php-sidekick' },
  first: { title: 'The first read in a classic request', show: duration, ours: 'php-sidekick' },
  changed: { title: 'The read after a publish', show: duration, ours: 'php-sidekick' },
  names: {
    title: 'PHP loops over many names that JavaScript published, per read',
    show: duration,
    ours: 'just published',
  },
  publish: { title: 'PHP publishes a fresh value', show: duration, ours: 'php-sidekick' },
  republish: { title: 'php-sidekick publishes nearly the same', show: duration },
  scaling: { title: 'Reads per CPU second of the readers; the writer publishes 1 000 times a second', show: perSecond },
  holders: { title: 'Memory per further thread that holds p3', show: mebibytes },
  ring: { title: 'An HTTP worker keeps the last 32 of 20 000 versions of 1 MiB', show: mebibytes },
  'js unchanged': { title: 'JavaScript reads what has not changed', show: duration, ours: 'php-sidekick' },
  'js publish': { title: 'JavaScript publishes a fresh value', show: duration },
  'js changed': { title: 'JavaScript reads what has changed, every leaf', show: duration, ours: 'php-sidekick' },
};

/** One section as text: medians, how they compare with ours, and the smallest of all rounds in brackets. */
export function table(samples, section) {
  const { title, show, ours } = SECTIONS[section];
  const columns = samples.columns(section);
  const cells = samples.rows(section).map((row) => [
    row,
    ...columns.map((column) => {
      const cell = samples.get(section, row, column);
      if (cell === undefined) return '–';
      const own = ours !== undefined && row !== ours ? samples.get(section, ours, column) : undefined;
      const ratio = own === undefined ? '' : ` ${ratioOf(cell.median / own.median)}`;
      return `${show(cell.median)} [${show(cell.min)}]${ratio}`;
    }),
  ]);
  const rows = [['', ...columns], ...cells];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
  );
  return `\n${title}: median [smallest]${ours === undefined ? '' : ' times ours'}\n${lines.join('\n')}\n`;
}

const ratioOf = (ratio) => `×${ratio >= 100 ? Math.round(ratio).toLocaleString('en') : digits(ratio)}`;

/** `{line, measured, limit, ok}` as a line of text. */
export function verdict({ line, measured, limit, ok }) {
  return `${ok === undefined ? '  – ' : ok ? ' ok ' : 'FAIL'}  ${line}: ${measured}${limit === undefined ? '' : ` (limit ${limit})`}`;
}
