// The options of runtime.run().
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SidekickError } from '../errors.js';
import { describe, environment, filledText, integer, refuse, type Subject, subject, texts } from './check.js';

/** Options of {@link Runtime.run}. */
export interface RunOptions {
  /** `$argv` after the script. Default: none. */
  readonly args?: readonly string[];
  /** Environment variables, over those that the process had when the runtime started. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** The script's working directory, which `script` is relative to as well. Default: the process's. */
  readonly cwd?: string;
  /** What the script reads from STDIN. Default: nothing, it has ended. */
  readonly stdin?: string | Uint8Array | Readable | AsyncIterable<string | Uint8Array>;
  /** Aborting it stops the script; the run rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** What collected output is: text, read as UTF-8, or a Buffer. Default: `'utf8'`. */
  readonly encoding?: 'utf8' | 'buffer';
  /**
   * Bytes of each stream that are collected at most; a script that writes more is stopped, and the run rejects with
   * `ERR_SIDEKICK_OUTPUT_LIMIT`. A stream that is read from is not collected. Default: 16777216 (16 MiB).
   */
  readonly maxBuffer?: number;
}

export type RunInput = NonNullable<RunOptions['stdin']>;

/** {@link RunOptions}, complete and checked. */
export interface NormalizedRun {
  /** Absolute path of the script. */
  readonly file: string;
  /** `$argv`: the script as it was named, then the arguments. */
  readonly args: readonly string[];
  /** name, value, name, value, … */
  readonly env: readonly string[];
  /** Absolute path. */
  readonly cwd: string;
  readonly stdin: RunInput;
  readonly signal: AbortSignal | undefined;
  readonly encoding: 'utf8' | 'buffer';
  readonly maxBuffer: number;
}

const LABEL = 'run()';
const KNOWN = ['args', 'env', 'cwd', 'stdin', 'signal', 'encoding', 'maxBuffer'] as const;

/**
 * Fills and checks the arguments of run().
 * @throws SidekickError `ERR_SIDEKICK_CONFIG` with one sentence that names the option.
 */
export function normalizeRun(script: string, options: RunOptions = {}): NormalizedRun {
  const of = subject(options, LABEL, KNOWN);
  const cwd = directory(of);
  return {
    file: scriptFile(script, cwd),
    args: [script, ...texts(of, 'args', [])],
    // The functions of FRANKENPHP_'s names are not there either: nothing is reserved.
    env: environment(of, 'env', (name) => refuse(of, `env.${name}`, 'is reserved')),
    cwd,
    stdin: input(of),
    signal: signal(of),
    encoding: encoding(of),
    maxBuffer: integer(of, 'maxBuffer', 16 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER),
  };
}

function directory(of: Subject): string {
  const given = filledText(of, 'cwd') ?? '.';
  const cwd = resolve(given);
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) refuse(of, 'cwd', `'${given}' is not a directory`);
  return cwd;
}

function scriptFile(script: unknown, cwd: string): string {
  const fail = (problem: string): never => {
    throw new SidekickError('ERR_SIDEKICK_CONFIG', `${LABEL}: the script ${problem}`);
  };
  if (typeof script !== 'string' || script === '' || script.includes('\0')) {
    return fail(`must be the path of a file, not ${describe(script)}`);
  }
  const file = resolve(cwd, script);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    fail(`'${script}' is missing or cannot be read`);
  }
  if (!statSync(file).isFile()) fail(`'${script}' is not a file`);
  return file;
}

function input(of: Subject): RunInput {
  const value = of.options['stdin'];
  if (value === undefined) return '';
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) return value as RunInput;
  return refuse(of, 'stdin', `must be a string, a Uint8Array or a stream, not ${describe(value)}`);
}

function signal(of: Subject): AbortSignal | undefined {
  const value = of.options['signal'];
  if (value === undefined || value instanceof AbortSignal) return value;
  return refuse(of, 'signal', `must be an AbortSignal, not ${describe(value)}`);
}

function encoding(of: Subject): 'utf8' | 'buffer' {
  const value = of.options['encoding'] ?? 'utf8';
  if (value === 'utf8' || value === 'buffer') return value;
  return refuse(of, 'encoding', `must be 'utf8' or 'buffer', not ${describe(value)}`);
}
