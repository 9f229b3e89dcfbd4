// What was measured: samples by section, row and column, and what they come to. A section measures everything it
// compares in turn, round after round, so that what else the machine does falls on all alike.

/** The value in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const short = (number) => Number(number.toPrecision(4));

export class Samples {
  #sections = new Map();

  /** Adds one round's figure: nanoseconds, unless the section says otherwise. */
  add(section, row, column, value) {
    const rows = this.#sections.get(section) ?? new Map();
    this.#sections.set(section, rows);
    const columns = rows.get(row) ?? new Map();
    rows.set(row, columns);
    columns.set(column, [...(columns.get(column) ?? []), value]);
  }

  /** {median, min, rounds}, or undefined when it was not measured. */
  get(section, row, column) {
    const values = this.#sections.get(section)?.get(row)?.get(column);
    return values && { median: median(values), min: Math.min(...values), rounds: values.length };
  }

  has(section) {
    return this.#sections.has(section);
  }

  rows(section) {
    return [...(this.#sections.get(section)?.keys() ?? [])];
  }

  columns(section) {
    const all = [...(this.#sections.get(section)?.values() ?? [])].flatMap((columns) => [...columns.keys()]);
    return [...new Set(all)];
  }

  /** Everything, as plain objects. */
  toJSON() {
    const cells = (section, row) =>
      Object.fromEntries(
        this.columns(section)
          .filter((column) => this.get(section, row, column) !== undefined)
          .map((column) => {
            const { median, min, rounds } = this.get(section, row, column);
            return [column, { median: short(median), min: short(min), rounds }];
          }),
      );
    return Object.fromEntries(
      [...this.#sections.keys()].map((section) => [
        section,
        Object.fromEntries(this.rows(section).map((row) => [row, cells(section, row)])),
      ]),
    );
  }
}
