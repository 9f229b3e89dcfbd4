// The five values that are published and read, as JSON text: PHP decodes it for each publish, so that what is published
// is as young as in life (no string interned, no hash known, nothing in the caches).

/** What each payload is, for tables. */
export const PAYLOADS = {
  p1: '10 settings',
  p2: 'tree of 1 000 flags',
  p3: '100 000 strings of 32 bytes',
  p4: 'a string of 1 MiB',
  p5: 'list of 10 000 ints',
};

const times = (count, make) => Array.from({ length: count }, (_, at) => make(at));
const hex = (number, width) => (number * 2654435761).toString(16).padStart(width, '0').slice(-width);

const MAKERS = {
  p1: (turn) => ({
    environment: turn === 0 ? 'production' : 'acceptance',
    debug: turn === 1,
    timeout: 30 + turn,
    ratio: 0.25 + turn,
    base_url: `https://shop-${turn}.example.com/`,
    currency: turn === 0 ? 'EUR' : 'USD',
    page_size: 50 + turn,
    maintenance: turn === 0,
    support: `support-${turn}@example.com`,
    retries: 3 + turn,
  }),
  p2: (turn) => tree(10, 10, 10, (flag) => [flag % 2 === turn, flag + turn, `variant-${flag % 7}-${turn}`][flag % 3]),
  p3: (turn) => times(100_000, (at) => hex(2 * at + turn + 1, 10).padEnd(32, `-${turn}-abcdefghijklmnopqrstuvwxyz`)),
  p4: (turn) => ({ text: `${turn} is the text; `.repeat(1 << 16).slice(0, 1 << 20) }),
  p5: (turn) => times(10_000, (at) => at * 7919 + turn),
};

function tree(groups, sections, flags, leaf) {
  const named = (letter, count, make) => Object.fromEntries(times(count, (at) => [`${letter}${at}`, make(at)]));
  return named('g', groups, (g) =>
    named('s', sections, (s) => named('f', flags, (f) => leaf((g * sections + s) * flags + f))),
  );
}

/** Where the one leaf of p2 is that `leaf` changes. */
export const LEAF = ['g3', 's4', 'f5'];

/** The value itself; turns 0 and 1 differ in every leaf. */
export function payload(name, turn) {
  return MAKERS[name](turn);
}

/** JSON of p2 with `%d` in place of one leaf. */
export function leafTemplate() {
  const value = MAKERS.p2(0);
  value[LEAF[0]][LEAF[1]][LEAF[2]] = '%d';
  return JSON.stringify(value).replace('"%d"', '%d');
}
