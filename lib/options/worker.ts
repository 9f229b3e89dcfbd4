// The options of one worker of a scope.
import { accessSync, constants, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import type { NativeWorker } from '../binding.js';
import { isPathPattern } from '../http/match.js';
import {
  boolean,
  describe,
  environment,
  filledText,
  integer,
  refuse,
  type Subject,
  subject,
  text,
  texts,
} from './check.js';

/** One worker: a script that is kept running. */
export interface WorkerOptions {
  /** Path of the script, relative to the process's working directory. */
  readonly file: string;
  /**
   * The worker's name. HTTP workers default to their file's path; a background worker without a name is the scope's
   * catch-all, which lends its script to any name asked for.
   */
  readonly name?: string;
  /** True: not an HTTP worker but a background worker ("sidekick"). Default: false. */
  readonly background?: boolean;
  /**
   * Instances started before createScope() (or Runtime.start()) resolves. Default: 2 per CPU for HTTP workers; 0 for background workers,
   * which then start when they are first asked for.
   */
  readonly num?: number;
  /**
   * On a catch-all: how many distinct names it may host (default 16). Else the pool grows from `num` to this many
   * instances while requests or tasks wait, and what idles ends again (default: `num`, at least 1).
   */
  readonly maxThreads?: number;
  /**
   * HTTP workers: URL paths that go to this worker, whatever files there are; its script need not lie below the root.
   * `*` at an end stands for anything, elsewhere for anything within a segment: `'/api/*'`. Default: none.
   */
  readonly match?: string | readonly string[];
  /** Failures in a row after which a worker is given up; -1: never. Default: 6. */
  readonly maxConsecutiveFailures?: number;
  /** HTTP workers: run the script again after so many requests; 0: never. Default: 0. */
  readonly maxRequests?: number;
  /**
   * HTTP workers: run the script again, between requests and one instance at a time, when it has used up its budget for
   * superseded snapshots (`vars.budgetPerInstance`). Default: false.
   */
  readonly recycle?: boolean;
  /**
   * Background workers: tasks that may wait for an instance; a sender waits while all places are taken. Default: 1.
   */
  readonly taskQueue?: number;
  /**
   * Restart the worker when a file changes: true for `./**\/*.{env,php,twig,yaml,yml}`, or patterns, relative to the
   * process's working directory; a folder stands for all that is in it. Default: none.
   */
  readonly watch?: boolean | string | readonly string[];
  /** Environment of this worker, over the scope's. Names that begin with FRANKENPHP_ are ignored, with a warning. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments after `$argv[1]`, the worker's name. An HTTP worker without any has no `$argv`. Default: none. */
  readonly args?: readonly string[];
}

/** {@link WorkerOptions}, complete and checked. */
export interface NormalizedWorker {
  /** Absolute path of the script. */
  readonly file: string;
  readonly name: string;
  readonly background: boolean;
  readonly num: number;
  readonly maxThreads: number;
  readonly maxConsecutiveFailures: number;
  readonly maxRequests: number;
  readonly recycle: boolean;
  readonly taskQueue: number;
  /** Patterns of files; empty: none are watched. */
  readonly watch: readonly string[];
  /** name, value, name, value, … */
  readonly env: readonly string[];
  readonly args: readonly string[];
  readonly match: readonly string[];
}

const KNOWN = [
  'file',
  'name',
  'num',
  'background',
  'env',
  'args',
  'match',
  'maxThreads',
  'maxConsecutiveFailures',
  'maxRequests',
  'recycle',
  'taskQueue',
  'watch',
] as const;

/** What `watch: true` watches, below the process's working directory. */
export const DEFAULT_PATTERN = './**/*.{env,php,twig,yaml,yml}';

const MAX_THREADS = 4096;
const MAX_TASK_QUEUE = 1_000_000;

/** 2 per CPU that this process may use. */
export function defaultThreads(): number {
  return 2 * availableParallelism();
}

/** Fills and checks `workers` of createScope() or Runtime.start(); `warn` is told of reserved `env` names. */
export function normalizeWorkers(of: Subject, warn: (message: string) => void): readonly NormalizedWorker[] {
  const list = of.options['workers'] ?? [];
  if (!Array.isArray(list)) refuse(of, 'workers', `must be an array, not ${describe(list)}`);
  const checked = list.map((worker: WorkerOptions, index) =>
    normalizeWorker(worker, `${of.label}: workers[${index}]`, warn),
  );
  const seen = new Map<string, number>();
  checked.forEach((worker, index) => {
    // An HTTP worker and a background worker share one namespace: logs and metrics name them alike.
    const before = seen.get(worker.name);
    if (before !== undefined && worker.name === '') {
      refuse(of, `workers[${index}]`, `is a second catch-all after workers[${before}]: give one of them a name`);
    }
    if (before !== undefined) {
      refuse(of, `workers[${index}]`, `has the name '${worker.name}', which workers[${before}] has already`);
    }
    seen.set(worker.name, index);
  });
  return checked;
}

function normalizeWorker(options: WorkerOptions, label: string, warn: (message: string) => void): NormalizedWorker {
  const name = typeof options?.name === 'string' ? options.name : undefined;
  const of = subject(options, `${label}${name === undefined ? '' : ` ('${name}')`}`, KNOWN);
  const background = boolean(of, 'background', false);
  const given = filledText(of, 'file');
  if (given === undefined) refuse(of, 'file', 'is missing: the path of the script to run');
  const file = resolve(given);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    refuse(of, 'file', `'${given}' is missing or cannot be read`);
  }
  if (!statSync(file).isFile()) refuse(of, 'file', `'${given}' is not a file`);

  const workerName = filledText(of, 'name');
  const catchAll = background && workerName === undefined;
  const num = integer(of, 'num', background ? 0 : defaultThreads(), background ? 0 : 1, MAX_THREADS);
  if (catchAll && num > 0) {
    refuse(of, 'num', `must be 0, not ${num}: a background worker without a name only starts when a name is asked for`);
  }
  const maxThreads = integer(of, 'maxThreads', catchAll ? 16 : Math.max(num, 1), 1, MAX_THREADS);
  if (maxThreads < num) refuse(of, 'maxThreads', `must not be less than num (${num}), as ${maxThreads} is`);
  const maxRequests = integer(of, 'maxRequests', 0, 0, 0xffff_ffff);
  if (background && maxRequests > 0) refuse(of, 'maxRequests', 'is for HTTP workers only');
  const recycle = boolean(of, 'recycle', false);
  if (background && recycle) refuse(of, 'recycle', 'is for HTTP workers only');
  const taskQueue = integer(of, 'taskQueue', 1, 1, MAX_TASK_QUEUE);
  if (!background && options.taskQueue !== undefined) refuse(of, 'taskQueue', 'is for background workers only');
  return {
    file,
    name: workerName ?? (background ? '' : file),
    background,
    num,
    maxThreads,
    maxConsecutiveFailures: integer(of, 'maxConsecutiveFailures', 6, -1, 0x7fff_ffff),
    maxRequests,
    recycle,
    taskQueue,
    watch: watchPatterns(of),
    env: environment(of, 'env', (reserved) => warn(`${of.label}: env.${reserved} is reserved and ignored`)),
    args: texts(of, 'args', []),
    match: paths(of, background),
  };
}

function paths(of: Subject, background: boolean): readonly string[] {
  const given = of.options['match'];
  if (given === undefined) return [];
  if (background) refuse(of, 'match', 'is for HTTP workers only: a background worker gets no requests');
  const patterns = typeof given === 'string' ? [given] : texts(of, 'match', []);
  for (const pattern of patterns) {
    if (!isPathPattern(pattern))
      refuse(of, 'match', `must begin with a slash or an asterisk, as ${describe(pattern)} does not`);
  }
  return [...patterns];
}

function watchPatterns(of: Subject): readonly string[] {
  const value = of.options['watch'];
  if (value === undefined || value === false) return [];
  if (value === true) return [DEFAULT_PATTERN];
  const patterns = typeof value === 'string' ? [text(of, 'watch')!] : texts(of, 'watch', []);
  if (patterns.includes('')) refuse(of, 'watch', 'must not hold an empty pattern');
  return [...patterns];
}

/** How messages call it. */
export function workerLabel(worker: NormalizedWorker): string {
  return worker.name === '' ? `the catch-all (${basename(worker.file)})` : `'${worker.name}'`;
}

/** The worker as native code takes it. */
export function toNativeWorker(worker: NormalizedWorker): NativeWorker {
  const { file, name, background, num, maxThreads, maxConsecutiveFailures, maxRequests, recycle, taskQueue } = worker;
  return [
    file,
    name,
    background,
    num,
    maxThreads,
    maxConsecutiveFailures,
    maxRequests,
    recycle,
    taskQueue,
    worker.env,
    worker.args,
  ];
}
