// The options of runtime.createScope().
import { realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  boolean,
  describe,
  environment,
  filledText,
  integer,
  milliseconds,
  refuse,
  type Subject,
  subject,
  texts,
} from './check.js';
import { type NormalizedWorker, normalizeWorkers, type WorkerOptions } from './worker.js';

/** Options of {@link Runtime.createScope}. */
export interface ScopeOptions {
  /** Label in logs and metrics, unique among the open scopes of the process. Default: the last folder of `root`. */
  readonly name?: string;
  /** Document root, relative to the process's working directory. Default: that directory. */
  readonly root?: string;
  /** Environment of every script of the scope. Names that begin with FRANKENPHP_ are ignored, with a warning. */
  readonly env?: Readonly<Record<string, string>>;
  /** Scripts that are kept running. Default: none; every request runs its script from the top. */
  readonly workers?: readonly WorkerOptions[];
  /** Names whose shared vars JavaScript publishes, with `scope.vars(name).publish(value)`. Default: none. */
  readonly jsVars?: readonly string[];
  /** Files tried in a directory; the first that is in `root` is the front controller. Default: `['index.php']`. */
  readonly index?: readonly string[];
  /** Where the path of a URL ends and PATH_INFO begins; ASCII, any case. Default: `['.php']`. */
  readonly splitPath?: readonly string[];
  /** Resolve symbolic links in `root` once, when the scope is created. Default: true. */
  readonly resolveRootSymlink?: boolean;
  /** Send files below `root` that are no scripts; else such paths go to the front controller. Default: true. */
  readonly staticFiles?: boolean;
  /** Milliseconds for which a client that is waited for may send or take nothing; 0: for ever. Default: 60000. */
  readonly bodyTimeout?: number;
  /** Milliseconds that a request may wait for a PHP thread; then it is answered 503. Default: 0, no limit. */
  readonly maxWaitTime?: number;
  /**
   * Milliseconds that a script may take for a request; then it is stopped, and the request answered 504. Default: 0, no
   * limit but PHP's own `max_execution_time`.
   */
  readonly requestTimeout?: number;
  /** Requests that may wait for a PHP thread; more are answered 503. Default: 1000. */
  readonly maxQueue?: number;
  /** Milliseconds that createScope() waits for its workers to be ready. Default: 30000. */
  readonly startTimeout?: number;
  /** Milliseconds that scripts have to end by themselves when the scope is closed. Default: 30000. */
  readonly stopTimeout?: number;
  /** Milliseconds that a worker's script has to end by itself when it is restarted. Default: 6000. */
  readonly restartTimeout?: number;
}

/** {@link ScopeOptions}, complete and checked. */
export interface NormalizedScope {
  readonly name: string;
  /** Absolute, without a trailing slash. */
  readonly root: string;
  /** name, value, name, value, … */
  readonly env: readonly string[];
  readonly workers: readonly NormalizedWorker[];
  readonly jsVars: readonly string[];
  readonly index: readonly string[];
  readonly splitPath: readonly string[];
  readonly staticFiles: boolean;
  readonly bodyTimeout: number;
  readonly maxWaitTime: number;
  readonly requestTimeout: number;
  readonly maxQueue: number;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly restartTimeout: number;
}

const LABEL = 'createScope()';
const KNOWN = [
  'name',
  'root',
  'env',
  'workers',
  'jsVars',
  'index',
  'splitPath',
  'resolveRootSymlink',
  'staticFiles',
  'bodyTimeout',
  'maxWaitTime',
  'requestTimeout',
  'maxQueue',
  'startTimeout',
  'stopTimeout',
  'restartTimeout',
] as const;

/**
 * Fills and checks the options of createScope(); `warn` is told of what is ignored.
 * @throws SidekickError `ERR_SIDEKICK_CONFIG` with one sentence that names the worker and the option.
 */
export function normalizeScope(
  options: ScopeOptions = {},
  warn: (message: string) => void = () => {},
): NormalizedScope {
  const of = subject(options, LABEL, KNOWN);
  const root = documentRoot(of);
  const checked = normalizeWorkers(of, warn);
  return {
    name: filledText(of, 'name') ?? (basename(root) || 'root'),
    root,
    env: environment(of, 'env', (reserved) => warn(`${LABEL}: env.${reserved} is reserved and ignored`)),
    workers: checked,
    jsVars: jsVars(of, checked),
    index: fileNames(of),
    splitPath: splitPath(of),
    staticFiles: boolean(of, 'staticFiles', true),
    bodyTimeout: milliseconds(of, 'bodyTimeout', 60_000),
    maxWaitTime: milliseconds(of, 'maxWaitTime', 0),
    requestTimeout: milliseconds(of, 'requestTimeout', 0),
    maxQueue: integer(of, 'maxQueue', 1000, 0, 0xffff_ffff),
    startTimeout: milliseconds(of, 'startTimeout', 30_000),
    stopTimeout: milliseconds(of, 'stopTimeout', 30_000),
    restartTimeout: milliseconds(of, 'restartTimeout', 6_000),
  };
}

function documentRoot(of: Subject): string {
  const given = filledText(of, 'root') ?? '.';
  const resolveLink = boolean(of, 'resolveRootSymlink', true);
  const absolute = resolve(given);
  try {
    if (!statSync(absolute).isDirectory()) refuse(of, 'root', `'${given}' is not a directory`);
    const root = resolveLink ? realpathSync(absolute) : absolute;
    return root === '/' ? '' : root;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) refuse(of, 'root', `'${given}' is missing or cannot be read`);
    throw error;
  }
}

function jsVars(of: Subject, declared: readonly NormalizedWorker[]): readonly string[] {
  const names = texts(of, 'jsVars', []);
  names.forEach((name, at) => {
    if (name === '') refuse(of, `jsVars[${at}]`, 'must not be empty');
    const before = names.indexOf(name);
    if (before !== at) refuse(of, `jsVars[${at}]`, `is '${name}', as jsVars[${before}] is already`);
    const worker = declared.findIndex((each) => each.name === name);
    if (worker >= 0) refuse(of, `jsVars[${at}]`, `is '${name}', the name of workers[${worker}]`);
  });
  return [...names];
}

function fileNames(of: Subject): readonly string[] {
  const names = texts(of, 'index', ['index.php']);
  names.forEach((name, at) => {
    if (name === '' || name.includes('/') || name.startsWith('.')) {
      refuse(of, `index[${at}]`, `must be the name of a file, not ${describe(name)}`);
    }
  });
  return names;
}

function splitPath(of: Subject): readonly string[] {
  const endings = texts(of, 'splitPath', ['.php']);
  endings.forEach((ending, at) => {
    // FrankenPHP's rule: case is only ignored for ASCII, so nothing else may be in here.
    if (!/^[\x21-\x7e]+$/.test(ending) || ending.includes('/')) {
      refuse(of, `splitPath[${at}]`, `must be the ending of a file's name in ASCII, not ${describe(ending)}`);
    }
  });
  return endings.map((ending) => ending.toLowerCase());
}
