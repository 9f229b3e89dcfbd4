import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime } from '../lib/index.js';
import { run } from './support/child.js';
import { availableRows, rowNames, SilentServer, type Stopped, stopByForce, tableOf } from './support/force.js';
import { Lines } from './support/loggers.js';
import { fixture } from './support/modes.js';

// `npm run test:force -- --runs 50` runs the table that often.
const RUNS = Number(process.env['FORCE_RUNS'] ?? 1);
const root = fixture('force');
const rows = rowNames();
const lines = new Lines();
let php: Runtime;
beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: lines });
});
afterAll(() => php.stop());

// Whether a row was stopped within a second after the grace is the supervisor's to say: it abandons what was not, and
// counts that second in steps, each of which is as long as a busy machine makes it. The times are for the table.
describe('L04 force', () => {
  const runs: Map<string, Stopped>[] = [];
  let silent: SilentServer;
  beforeAll(async () => {
    silent = await SilentServer.listen();
    const available = await availableRows(php);
    const some = rows.filter((row) => available.has(row));
    for (let run = 0; run < RUNS; run++) runs.push(await stopByForce(php, lines, silent, some));
  }, RUNS * 60_000);
  afterAll(() => {
    silent.close();
    console.log(tableOf(runs));
  });

  // These have got as far as the end of their scripts, and are held up there.
  const ends: Record<string, string[]> = {
    destructor: ['shutdown', 'return'],
    buffer: ['shutdown', 'return', 'finally'],
  };

  it.for(rows)('%s: is stopped; shutdown functions run, finally blocks do not', (row, { skip }) => {
    skip(!runs[0]?.has(row), 'this PHP lacks the extension');
    const expected = { milliseconds: expect.any(Number), runs: 1, said: ends[row] ?? ['shutdown'] };
    expect(runs.map((each) => each.get(row))).toEqual(runs.map(() => expected));
  });

  it('leaves no thread behind', () => {
    expect(php.status().abandonedThreads).toBe(0);
    expect(php.status().threads.filter(({ kind }) => kind === 'background')).toEqual([]);
  });
});

it('L04 a drain leaves the end to the script: finally blocks, shutdown functions, destructors', async () => {
  const workers = [{ file: join(root, 'drained.php'), name: 'drained', background: true, num: 1 }];
  const scope = await php.createScope({ name: 'drained', root, workers });
  await scope.close();
  expect(lines.of('of drained').map(({ message }) => message)).toEqual(
    ['end', 'finally', 'shutdown', 'destructor'].map((what) => expect.stringContaining(`${what} of drained`)),
  );
});

// Needs the right to mount a file over /etc/resolv.conf, for the child alone, and to bind port 53 of the loopback.
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0 && process.getuid?.() === 0;

it.skipIf(!mayMount)('L04 a name lookup that nobody answers is stopped (run as root: else skipped)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sidekick-lookup-'));
  const resolv = join(folder, 'resolv.conf');
  await writeFile(resolv, 'nameserver 127.77.0.1\noptions timeout:30 attempts:2\n');
  const shell = `unshare --mount sh -c 'mount --bind ${resolv} /etc/resolv.conf && exec "$@"' sh "$@"`;
  const end = await run('lookup.mjs', [root], { shell });
  await rm(folder, { recursive: true });
  expect(end, end.stderr).toMatchObject({ code: 0, stdout: '0\n' });
  expect(end.stderr).not.toContain('return of lookup');
});

const NATIVE = 'ERR_SIDEKICK_NATIVE';
/** Milliseconds: the grace of abandoned.mjs, a second of force, and what a busy machine adds. */
const BOUND = 100 + 1000 + 4000;

describe('L04 what PHP cannot interrupt', () => {
  async function observe(how: string, env: Record<string, string> = {}) {
    const end = await run('abandoned.mjs', [root, how], { env });
    expect(end, end.stderr).toMatchObject({ code: 0, signal: null });
    return end.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, unknown]);
  }

  it.each(['hash', 'regex'])('%s: is abandoned and told of; the process ends all the same', async (how) => {
    const said = await observe(how);
    expect(said.map(([what]) => what).toSorted()).toEqual(
      ['abandoned', 'closed', 'error', 'failed', 'started again', 'stopped'].toSorted(),
    );
    const of = new Map(said);
    expect(of.get('failed')).toEqual(['deaf', 'ERR_SIDEKICK_STOPPED']);
    expect(of.get('error')).toEqual(['deaf', expect.stringContaining('cannot be stopped')]);
    expect(of.get('closed')).toBeLessThan(BOUND);
    expect(of.get('abandoned')).toBe(1);
    expect(of.get('stopped')).toBeLessThan(BOUND);
    expect(of.get('started again')).toBe(NATIVE);
  });

  it('ends when it comes back, and the runtime can be stopped and started as ever', async () => {
    const of = new Map(await observe('returns', { FORCE_ROUNDS: '10000000' }));
    expect(of.get('abandoned')).toBe(1);
    expect(of.get('started again')).toBe('started');
  });
});
