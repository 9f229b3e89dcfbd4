// Makes thumbnails on all processors: Node hands out tasks and shows how far they are, PHP does the work on threads of
// its own.
//
//   files ──► sendTask('thumbnailer') ──► bin/thumbnailer.php, several instances
//   progress ◄── updates ◄───────────────┘
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Runtime } from 'php-sidekick';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'thumbnails' },
    size: { type: 'string', default: '160' },
  },
});
const instances = availableParallelism();
const files = positionals.length > 0 ? positionals.map((file) => resolve(file)) : await paintSamples();
await mkdir(values.out, { recursive: true });

const stop = new AbortController();
process.on('SIGINT', () => stop.abort(new Error('stopped')));

const php = await Runtime.start({ threads: 1 });
const app = await php.createScope({
  name: 'thumbnails',
  root: here,
  workers: [
    { file: `${here}bin/thumbnailer.php`, background: true, name: 'thumbnailer', num: instances, taskQueue: instances },
  ],
  stopTimeout: 500, // milliseconds
});

const progress = new Map();
const results = await Promise.allSettled(files.map(makeThumbnail));
const failures = results.filter(({ status }) => status === 'rejected');
for (const { reason } of failures) console.error(reason.message);
process.exitCode = failures.length > 0 ? 1 : 0;
await php.stop();

async function makeThumbnail(source) {
  const target = resolve(values.out, `${basename(source, extname(source))}.png`);
  // Leaving this loop would cancel the task, and so does the signal; PHP stops at its next update then.
  const task = app.sendTask(
    'thumbnailer',
    { source, target, size: Number(values.size) },
    { signal: stop.signal, timeout: 3_600_000 },
  );
  let last;
  for await (const update of task) {
    last = update;
    show(source, update.percent);
  }
  if (last.error !== undefined) throw new Error(last.error);
  console.log(`${target}: ${last.width} x ${last.height}, ${last.bytes} bytes`);
}

/** One line for all, on a terminal. */
function show(source, percent) {
  progress.set(source, percent ?? 100);
  if (!process.stderr.isTTY) return;
  const done = [...progress.values()].reduce((sum, each) => sum + each, 0) / files.length;
  process.stderr.write(`\r\x1b[K${'█'.repeat(done / 4).padEnd(25, '░')} ${Math.round(done)} %\r`);
}

/** Something to shrink, for who has no PPM at hand. */
async function paintSamples() {
  const folder = await mkdtemp(join(tmpdir(), 'thumbnails-'));
  const [width, height] = [640, 480];
  return Promise.all(
    Array.from({ length: 6 }, async (_, number) => {
      const pixels = Buffer.alloc(width * height * 3);
      for (let at = 0; at < pixels.length; at += 3) {
        const x = (at / 3) % width;
        const y = Math.floor(at / 3 / width);
        const wave = Math.sin(Math.hypot(x - 320, y - 240) / (8 + number * 4)) * 127 + 128;
        pixels[at] = wave;
        pixels[at + 1] = (wave + x / 3) & 255;
        pixels[at + 2] = (number * 40 + y / 2) & 255;
      }
      const file = join(folder, `sample-${number + 1}.ppm`);
      await writeFile(file, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]));
      return file;
    }),
  );
}
