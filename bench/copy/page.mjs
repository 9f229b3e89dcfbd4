// The tables of medians that docs/benchmarks.md shows of a run.
import { SECTIONS } from './report.mjs';

const SHOWN = ['unchanged', 'first', 'changed', 'names', 'publish', 'republish', 'scaling', 'holders', 'js unchanged'];
const LAST = ['js changed', 'js publish', 'ring', 'floor'];

/** All of them, as Markdown. */
export function tables(samples) {
  const shown = [...SHOWN, ...LAST].filter((section) => samples.has(section));
  return shown.map((section) => markdown(samples, section)).join('\n');
}

function markdown(samples, section) {
  const { title, show } = SECTIONS[section];
  const columns = samples.columns(section);
  const rows = samples.rows(section).map((row) => {
    const cells = columns.map((column) => {
      const cell = samples.get(section, row, column);
      return cell === undefined ? '–' : show(cell.median);
    });
    return `| ${row} | ${cells.join(' | ')} |`;
  });
  return `**${title}**\n\n| | ${columns.join(' | ')} |\n| --- |${' ---: |'.repeat(columns.length)}\n${rows.join('\n')}\n`;
}
