// The force table: everything that a script can be in when it has to leave (test/php/force/rows.php), each in a
// background worker of its own, all stopped at once. Measures when each of them was gone.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime, WorkerLife } from '../../lib/index.js';
import type { Lines } from './loggers.js';
import { fixture } from './modes.js';

const root = fixture('force');
const file = join(root, 'background.php');

/** Milliseconds that a script has to end by itself. */
export const GRACE = 300;

/** The rows, in the order of the file. */
export function rowNames(): string[] {
  const source = readFileSync(join(root, 'rows.php'), 'utf8');
  return [...source.matchAll(/^ {8}'([\w-]+)' => static/gm)].map((match) => match[1]!);
}

/** Those of the rows that this PHP has the extensions for. */
export async function availableRows(php: Runtime): Promise<ReadonlySet<string>> {
  const workers = [{ file: join(root, 'available.php'), background: true, name: 'available', num: 1 }];
  await using scope = await php.createScope({ name: 'available', root, workers });
  const vars = scope.vars<{ rows: string[] }>('available');
  await vars.ready();
  return new Set(vars.current?.rows);
}

/** What became of a row. */
export interface Stopped {
  /** Milliseconds after the grace; undefined: it was abandoned. */
  readonly milliseconds: number | undefined;
  /** Of its script; more than one: it had ended by itself before it was stopped. */
  readonly runs: number;
  /** Of `shutdown`, `return`, `finally`: what the script's parts said. */
  readonly said: readonly string[];
}

/** Accepts, and never says a word, nor reads one. */
export class SilentServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(): Promise<SilentServer> {
    const made = new SilentServer();
    made.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => made.#server.once('listening', resolve));
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** Names of this process's threads, and what each is blocked in (or `running`). */
function threads(): Map<string, string> {
  const found = new Map<string, string>();
  for (const id of readdirSync('/proc/self/task')) {
    try {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
      found.set(name, readFileSync(`/proc/self/task/${id}/syscall`, 'utf8').trim());
    } catch {} // it has ended
  }
  return found;
}

/** Resolves when each of the rows' threads is where it was at the look before: blocked, or computing. */
async function settled(rows: readonly string[]): Promise<void> {
  let before = new Map<string, string>();
  for (;;) {
    const now = threads();
    const still = rows.every((row) => {
      const name = `phpb-0${row}`.slice(0, 15);
      return now.has(name) && now.get(name) === before.get(name);
    });
    if (still) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs the rows, stops them, and tells what became of each. */
export async function stopByForce(
  php: Runtime,
  lines: Lines,
  silent: SilentServer,
  rows: readonly string[],
): Promise<Map<string, Stopped>> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekick-force-'));
  lines.all.length = 0;
  const scope = await php.createScope({
    name: 'force',
    root,
    env: { FORCE_SILENT: String(silent.port), FORCE_FOLDER: folder },
    stopTimeout: GRACE,
    workers: rows.map((name) => ({ file, background: true, name, num: 1, args: [name], maxConsecutiveFailures: -1 })),
  });
  const gone = new Map<string, { at: number; runs: number }>();
  const abandoned = new Set<string>();
  scope.on('worker:exit', ({ worker, generation }: WorkerLife) =>
    gone.set(worker, { at: performance.now(), runs: generation }),
  );
  scope.on('worker:failed', ({ worker }: WorkerLife) => abandoned.add(worker));
  await settled(rows);
  const started = performance.now();
  await scope.close();
  await rm(folder, { recursive: true });
  return new Map(
    rows.map((row) => {
      const said = lines.all.filter(({ fields }) => fields['worker'] === row).map(({ message }) => message);
      const parts = ['shutdown', 'return', 'finally'].filter((part) =>
        said.some((it) => it.includes(`${part} of ${row}`)),
      );
      const end = gone.get(row);
      const milliseconds = end === undefined || abandoned.has(row) ? undefined : end.at - started - GRACE;
      return [row, { milliseconds, runs: end?.runs ?? 0, said: parts }];
    }),
  );
}

/** How long the rows took, as a table of Markdown. */
export function tableOf(runs: readonly ReadonlyMap<string, Stopped>[]): string {
  const lines = [...(runs[0]?.keys() ?? [])].map((row) => {
    const times = runs.map((run) => run.get(row)?.milliseconds ?? Number.NaN).toSorted((a, b) => a - b);
    const cells = [times[0]!, times[Math.floor(times.length / 2)]!, times.at(-1)!].map((time) => time.toFixed(0));
    return `| ${row} | ${cells.join(' | ')} |`;
  });
  return [`| ${runs.length} runs | least | median | most |`, '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}
