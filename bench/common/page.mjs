// What docs/benchmarks.md shows of a run: which machine, which day, and what the benchmark puts between its two marks.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** The machine as it is now, for tables and JSON. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: availableParallelism(),
    kernel: release(),
    load: loadavg()
      .map((each) => each.toFixed(1))
      .join(' '),
    node: process.versions.node,
  };
}

/** One line about the day, a machine and, when given, `php`. */
export function describe({ cpus: count, cpu, load, node, php }) {
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${count} CPUs (${cpu}), load ${load}, Node ${node}${php === undefined ? '' : `, PHP ${php}`}.`;
}

/** Puts Markdown in place of what is between the two marks of `npm run bench:<name> -- --docs`. */
export function fillPage(name, markdown) {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- from here: npm run bench:${name} -- --docs -->`, `<!-- to here: ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has lost its marks of ${name}`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\n${markdown.trim()}\n\n${page.slice(to)}`);
}
