// Runs examples/thumbnails as a user does, in a process of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { isSanitized } from './support/variant.js';

const program = fileURLToPath(new URL('../examples/thumbnails/thumbnails.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sidekick-thumbnails-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, [program, '--out', join(folder, 'out'), ...args], { encoding: 'utf8' });

/** Width and height of a PNG. */
function sizeOf(png: Buffer): [number, number] {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

// A sanitizer's PHP has no zlib.
describe.skipIf(isSanitized)('examples/thumbnails', () => {
  it('shrinks the samples that it paints, on several PHP threads', () => {
    const { status, stdout, stderr } = run('--size', '80');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.match(/sample-\d\.png: 80 x 60, \d+ bytes/g)).toHaveLength(6);
    const files = readdirSync(join(folder, 'out'));
    expect(files).toHaveLength(6);
    for (const file of files) expect(sizeOf(readFileSync(join(folder, 'out', file)))).toEqual([80, 60]);
  });

  it('tells of the file that is no image, and makes the others', () => {
    const good = join(folder, 'good.ppm');
    const bad = join(folder, 'bad.ppm');
    writeFileSync(
      good,
      Buffer.concat([Buffer.from('P6\n# two by one\n2 1\n255\n'), Buffer.from([255, 0, 0, 0, 0, 255])]),
    );
    writeFileSync(bad, 'P6\n100 100\n255\nshort');
    const { status, stdout, stderr } = run('--size', '1', good, bad);
    expect(status).toBe(1);
    expect(stdout).toMatch(/good\.png: 1 x 1/);
    expect(stderr).toMatch(/^bad\.ppm /);
  });

  it('ends at once on Ctrl-C, in the middle of its work', async () => {
    const large = join(folder, 'large.ppm');
    writeFileSync(large, Buffer.concat([Buffer.from('P6\n2400 2400\n255\n'), Buffer.alloc(2400 * 2400 * 3, 7)]));
    const child = spawn(process.execPath, [
      program,
      '--out',
      join(folder, 'out'),
      '--size',
      '2400',
      large,
      join(folder, 'good.ppm'),
    ]);
    const ended = once(child, 'exit');
    await once(child.stdout, 'data'); // the small one is done, the large one is under way
    child.kill('SIGINT');
    expect(await ended).toEqual([1, null]);
  });
});
