import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { proveLife } from './support/proof-of-life.js';

process.env['PHP_SIDEKICK_GUARD_SNAPSHOTS'] = '1'; // native/core/block.h

/** Bytes of address space that nobody may touch; the big reservations of allocators aside. */
function outOfReach(): number {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  const sizes = lines.map((line) => {
    const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) ---p/.exec(line) ?? [];
    return begin === undefined ? 0 : Number.parseInt(end!, 16) - Number.parseInt(begin, 16);
  });
  return sizes.filter((size) => size < 32 << 20).reduce((sum, size) => sum + size, 0);
}

const before = outOfReach();
proveLife('with every released snapshot out of reach');

it('V18 the guard was on: what was released lies out of reach', () => {
  expect(outOfReach() - before).toBeGreaterThan(1 << 20);
});
