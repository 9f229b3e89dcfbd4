// What docs/benchmarks.md shows of a run: the machine, and tables of medians.
import { SECTIONS } from './report.mjs';

const SHOWN = ['unchanged', 'first', 'changed', 'names', 'publish', 'republish', 'scaling', 'holders', 'js unchanged'];
const LAST = ['js changed', 'js publish', 'ring', 'floor'];

/** Markdown, in place of what is between the page's two marks. */
export function fillPage(page, samples, machine) {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error('docs/benchmarks.md has lost its marks');
  const { cpus, cpu, load, node, php } = machine;
  const date = new Date().toISOString().slice(0, 10);
  const intro = `${date}, ${cpus} CPUs (${cpu}), load ${load}, Node ${node}, PHP ${php}. Medians.\n`;
  const tables = [...SHOWN, ...LAST]
    .filter((section) => samples.has(section))
    .map((section) => markdown(samples, section));
  return `${page.slice(0, before + BEGIN.length)}\n\n${intro}\n${tables.join('\n')}\n${page.slice(after)}`;
}

const BEGIN = '<!-- from here: npm run bench:copy -- --docs -->';
const END = '<!-- to here -->';

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
