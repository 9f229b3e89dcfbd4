// The options of Runtime.start().
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from '../logger.js';
import { describe, filledText, integer, refuse, type Subject, subject } from './check.js';
import { defaultThreads, type NormalizedWorker, normalizeWorkers, type WorkerOptions } from './worker.js';

/** A php.ini value; strings may hold `${VAR}`, which PHP replaces by that environment variable or ini setting. */
export type IniValue = string | number | boolean | null;

/** Options of {@link Runtime.start}. */
export interface RuntimeOptions {
  /** PHP threads for classic requests (a script per request), of all scopes. Default: 2 per CPU. */
  readonly threads?: number;
  /** Classic requests that wait get more threads, up to this many; what idles ends again. Default: `threads`. */
  readonly maxThreads?: number;
  /** Background workers for the scopes that declare none of their own; shared by those scopes. Default: none. */
  readonly workers?: readonly WorkerOptions[];
  /** Scripts of run() at the same time, each with a PHP thread; more wait. Default: 2 per CPU. */
  readonly scriptThreads?: number;
  /** php.ini settings; they win over `iniFile`. Default: none. */
  readonly ini?: Readonly<Record<string, IniValue>>;
  /** Path of a php.ini. Default: none; the system's own is never read. */
  readonly iniFile?: string;
  /** Where log lines go: anything with pino's debug, info, warn, error. Default: one JSON line per event on stderr. */
  readonly logger?: Logger;
  readonly vars?: {
    /** Bytes that one published snapshot may take, less than 2 GiB. Default: 268435456 (256 MiB). */
    readonly maxSnapshotBytes?: number;
    /**
     * Bytes that superseded snapshots may take, all together, which scripts that do not end still hold; past it a
     * script that reads yet another version gets an ordinary copy, until it is run again. Default: 67108864 (64 MiB).
     */
    readonly budget?: number;
    /** The same for one instance. Default: 16777216 (16 MiB). */
    readonly budgetPerInstance?: number;
  };
  readonly opcache?: {
    /**
     * Milliseconds for which a restart of opcache waits for scripts to leave PHP before it is put off (docs/opcache.md);
     * requests wait at most this long for it. 0: opcache never restarts. Default: 5000.
     */
    readonly restartTimeout?: number;
  };
}

/** {@link RuntimeOptions}, complete and checked. */
export interface NormalizedRuntime {
  readonly threads: number;
  readonly maxThreads: number;
  readonly workers: readonly NormalizedWorker[];
  readonly scriptThreads: number;
  readonly iniFile: string;
  readonly iniEntries: string;
  readonly maxSnapshotBytes: number;
  readonly budget: number;
  readonly budgetPerInstance: number;
  readonly opcacheRestartTimeout: number;
  readonly logger: Logger | undefined;
}

const LABEL = 'Runtime.start()';
const KNOWN = [
  'threads',
  'maxThreads',
  'workers',
  'scriptThreads',
  'ini',
  'iniFile',
  'logger',
  'vars',
  'opcache',
] as const;

/**
 * Fills and checks the options of Runtime.start(); `warn` is told of what is ignored.
 * @throws SidekickError `ERR_SIDEKICK_CONFIG` with one sentence that names the option.
 */
export function normalizeRuntime(
  options: RuntimeOptions = {},
  warn: (message: string) => void = () => {},
): NormalizedRuntime {
  const of = subject(options, LABEL, KNOWN);
  const vars = subject(options.vars ?? {}, `${LABEL}: vars`, ['maxSnapshotBytes', 'budget', 'budgetPerInstance']);
  const opcache = subject(options.opcache ?? {}, `${LABEL}: opcache`, ['restartTimeout']);
  const threads = integer(of, 'threads', defaultThreads(), 1, 4096);
  const maxThreads = integer(of, 'maxThreads', threads, 1, 4096);
  if (maxThreads < threads) refuse(of, 'maxThreads', `must not be less than threads (${threads}), as ${maxThreads} is`);
  const workers = normalizeWorkers(of, warn);
  workers.forEach((worker, at) => {
    if (!worker.background) refuse(of, `workers[${at}]`, 'must have background: true; HTTP workers belong to a scope');
  });
  return {
    threads,
    maxThreads,
    workers,
    scriptThreads: integer(of, 'scriptThreads', defaultThreads(), 1, 4096),
    iniFile: readableFile(of, 'iniFile'),
    iniEntries: iniEntries(of),
    maxSnapshotBytes: integer(vars, 'maxSnapshotBytes', 256 * 1024 * 1024, 1, 0x7fff_ffff),
    budget: integer(vars, 'budget', 64 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER),
    budgetPerInstance: integer(vars, 'budgetPerInstance', 16 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER),
    opcacheRestartTimeout: integer(opcache, 'restartTimeout', 5_000, 0, 3_600_000),
    logger: logger(of),
  };
}

function readableFile(of: Subject, key: string): string {
  const given = filledText(of, key);
  if (given === undefined) return '';
  const file = resolve(given);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    refuse(of, key, `'${given}' is missing or cannot be read`);
  }
  if (!statSync(file).isFile()) refuse(of, key, `'${given}' is not a file`);
  return file;
}

function logger(of: Subject): Logger | undefined {
  const value = of.options['logger'];
  if (value === undefined) return undefined;
  if (value === null || typeof value !== 'object') refuse(of, 'logger', `must be an object, not ${describe(value)}`);
  for (const method of ['debug', 'info', 'warn', 'error']) {
    if (typeof (value as Record<string, unknown>)[method] !== 'function') {
      refuse(of, 'logger', `must have the method ${method}(fields, message)`);
    }
  }
  return value as Logger;
}

/** `ini` in php.ini's syntax, one setting a line. */
function iniEntries(of: Subject): string {
  const ini = of.options['ini'] ?? {};
  if (ini === null || typeof ini !== 'object' || Array.isArray(ini)) {
    refuse(of, 'ini', `must be an object, not ${describe(ini)}`);
  }
  let lines = '';
  for (const [key, value] of Object.entries(ini)) {
    if (!/^[A-Za-z_][\w.-]*$/.test(key))
      refuse(of, 'ini', `holds ${describe(key)}, which is no php.ini setting's name`);
    lines += `${key}=${iniValue(of, `ini['${key}']`, value)}\n`;
  }
  return lines;
}

// Error levels by their names, `E_ALL & ~E_DEPRECATED`: php.ini only reckons with what is in no quotes.
const LEVELS = /^[\s()~]*E_[A-Z_]+(?:[\s()]*[&|^][\s()~]*E_[A-Z_]+)*[\s()]*$/;

// In double quotes, php.ini knows two escapes (\\ and \") and replaces ${VAR}; everything else stands for itself.
function iniValue(of: Subject, key: string, value: unknown): string {
  if (value === null) return '""';
  if (typeof value === 'boolean') return value ? '"1"' : '"0"';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(of, key, `must be a finite number, not ${value}`);
    return `"${value}"`;
  }
  if (typeof value !== 'string') refuse(of, key, `must be a string, number, boolean or null, not ${describe(value)}`);
  if (/[\0\r\n]/.test(value)) refuse(of, key, 'must not hold NUL bytes or line breaks');
  if (LEVELS.test(value)) return value;
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}
