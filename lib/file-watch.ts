// Watching files: a worker with `watch` is restarted when a file that its patterns match was made, changed or removed.
// Patterns are FrankenPHP's: a folder means all that is in it, `**` any number of folders, `{a,b}` one of two.
import { statSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import { type FSWatcher, watch as watchFolders } from 'chokidar';
import picomatch from 'picomatch';
import type { Logger } from './logger.js';
import { type NormalizedWorker, workerLabel } from './options/worker.js';

/** Milliseconds without a change that have to pass: an editor or a deployment writes more than one file. */
const QUIET = 100;

/** Folders that hold thousands of files which no script runs from; a pattern that begins inside one still sees them. */
const PASSED_OVER = new Set(['.git', 'node_modules']);

/** A pattern, taken apart. */
export interface Pattern {
  /** Absolute path of the folder (or file) that everything it matches is in. */
  readonly base: string;
  /** Whether it matches this absolute path of a file. */
  readonly matches: (path: string) => boolean;
}

/** Patterns are relative to the process's working directory. */
export function parsePattern(pattern: string): Pattern {
  const absolute = resolve(pattern);
  const { base, glob, isGlob } = picomatch.scan(absolute);
  if (isGlob) return { base, matches: within(base, picomatch(glob, { dot: true })) };
  return isFolder(absolute)
    ? { base: absolute, matches: within(absolute, () => true) }
    : { base: absolute, matches: (path) => path === absolute };
}

function within(base: string, matches: (path: string) => boolean): (path: string) => boolean {
  const prefix = base.endsWith(sep) ? base : base + sep;
  return (path) => path.startsWith(prefix) && matches(path.slice(prefix.length));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // nothing is there yet, or nothing that may be looked at
  }
}

/** What a {@link FileWatch} is for. */
export interface Watched {
  /** How log lines call the worker. */
  readonly label: string;
  readonly patterns: readonly string[];
  readonly logger: Logger;
  /** Restarts the worker. Never called again before it has settled. */
  readonly restart: () => Promise<void>;
}

/** Watches for one worker, until it is closed. Does not keep the event loop alive; never throws, but logs. */
export class FileWatch {
  readonly #watched: Watched;
  readonly #patterns: readonly Pattern[];
  readonly #watcher: FSWatcher;
  #timer: NodeJS.Timeout | undefined;
  #changed: string | undefined; // a file, since the last restart began
  #restarting = false;
  #closed = false;

  /** Changes made after this has resolved are seen. */
  readonly ready: Promise<void>;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#patterns = watched.patterns.map(parsePattern);
    const bases = [...new Set(this.#patterns.map(({ base }) => base))];
    this.#watcher = watchFolders(bases, {
      persistent: false,
      ignoreInitial: true,
      ignored: (path) => !bases.includes(path) && PASSED_OVER.has(basename(path)) && !this.#leadsToBase(path),
    });
    this.#watcher.on('all', (event, path) => {
      if (event !== 'addDir' && event !== 'unlinkDir') this.#onChange(path);
    });
    this.ready = new Promise((resolveReady) => {
      this.#watcher.once('ready', resolveReady);
      this.#watcher.on('error', (error) => {
        watched.logger.error({ error: String(error) }, `${watched.label}: its files cannot be watched: ${error}`);
        resolveReady();
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#watcher.close();
  }

  #leadsToBase(path: string): boolean {
    return this.#patterns.some(({ base }) => !relative(path, base).startsWith('..'));
  }

  #onChange(path: string): void {
    if (this.#closed || path.endsWith('~') || !this.#patterns.some(({ matches }) => matches(path))) return;
    this.#changed = path;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#restart(), QUIET);
    this.#timer.unref();
  }

  async #restart(): Promise<void> {
    if (this.#restarting) return; // it looks again when it is done
    this.#restarting = true;
    const { label, logger, restart } = this.#watched;
    while (this.#changed !== undefined && !this.#closed) {
      logger.info({ path: this.#changed }, `${label}: ${this.#changed} has changed, it is restarted`);
      this.#changed = undefined;
      try {
        await restart();
      } catch (error) {
        // A boot failure is in the log already, with all there is to say; this says what follows from it.
        if (!this.#closed) logger.error({ error: String(error) }, `${label}: its restart failed: ${error}`);
      }
    }
    this.#restarting = false;
  }
}

/** A watch for each of the workers that wants one; `restart` gets the worker's name, '' for the catch-all. */
export function watchWorkers(
  workers: readonly NormalizedWorker[],
  logger: Logger,
  restart: (name: string) => Promise<void>,
): readonly FileWatch[] {
  return workers
    .filter(({ watch }) => watch.length > 0)
    .map(
      (worker) =>
        new FileWatch({
          label: `worker ${workerLabel(worker)}`,
          patterns: worker.watch,
          logger,
          restart: () => restart(worker.name),
        }),
    );
}
