// Which script answers a URL path, by the rules of FrankenPHP's php_server: an existing PHP file, else the directory's
// index file, else the front controller (the index file of the document root). A file that is no script is sent as it
// is, the source of a script never. A path that names anything else (a dot file, nothing at all) goes to the front
// controller too. Before all that: the paths that an HTTP worker claims with `match`.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { pathPattern } from './match.js';

/** What the router needs to know of a scope. */
export interface RoutingOptions {
  /** Absolute, without a trailing slash. */
  readonly root: string;
  readonly index: readonly string[];
  /** Lower case. */
  readonly splitPath: readonly string[];
  /** Send files that are no scripts. */
  readonly staticFiles: boolean;
  readonly workers: readonly RoutedWorker[];
}

/** An HTTP worker, as far as routing goes. */
export interface RoutedWorker {
  /** Absolute path of its script. */
  readonly file: string;
  /** Its place among the scope's workers. */
  readonly index: number;
  /** Patterns of the URL paths that go to it, whatever files there are; see match.ts. */
  readonly match: readonly string[];
}

/** A script and how it is called in CGI's terms; text as in file names and URLs, decoded. */
export interface Script {
  readonly kind: 'script';
  readonly scriptFilename: string;
  readonly scriptName: string;
  readonly pathInfo: string;
  /** The HTTP worker's place among the scope's workers; -1: a classic thread runs the script. */
  readonly worker: number;
}

/** A file to send; `path` is decoded, below the root, and begins with a slash. */
export interface StaticFile {
  readonly kind: 'file';
  readonly path: string;
}

/** Answered without PHP: 308 to `location`, 400 or 404. */
export interface NoScript {
  readonly kind: 'redirect' | 'badRequest' | 'notFound';
  readonly location: string;
}

export type Route = Script | StaticFile | NoScript;

const BAD_REQUEST: NoScript = { kind: 'badRequest', location: '' };
const NOT_FOUND: NoScript = { kind: 'notFound', location: '' };

/** Whether there is a regular file; a parameter so that tests need no disk. */
export type FileCheck = (path: string) => boolean;

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false; // ENOTDIR, ENAMETOOLONG, EACCES: nothing that could be served
  }
}

const CACHE_MILLISECONDS = 1000; // opcache itself looks every 2 s whether a script has changed
const CACHE_ENTRIES = 4096;

/** Remembers answers for a second: asking the disk costs a sixth of a small request. */
export function cachedCheck(check: FileCheck = isFile, now: () => number = Date.now): FileCheck {
  const answers = new Map<string, boolean>();
  let since = now();
  return (path) => {
    const time = now();
    if (time - since >= CACHE_MILLISECONDS || time < since || answers.size >= CACHE_ENTRIES) {
      answers.clear();
      since = time;
    }
    let answer = answers.get(path);
    if (answer === undefined) {
      answer = check(path);
      answers.set(path, answer);
    }
    return answer;
  };
}

export class Router {
  readonly #root: string;
  readonly #index: readonly string[];
  readonly #splitPath: readonly string[];
  readonly #workers: ReadonlyMap<string, number>;
  readonly #matchers: readonly { readonly pattern: RegExp; readonly script: Script }[];
  readonly #staticFiles: boolean;
  readonly #isFile: FileCheck;

  constructor(options: RoutingOptions, check: FileCheck = cachedCheck()) {
    this.#root = options.root;
    this.#index = options.index;
    this.#splitPath = options.splitPath;
    this.#workers = new Map([...options.workers].reverse().map(({ file, index }) => [file, index]));
    this.#matchers = options.workers.flatMap((worker) =>
      worker.match.map((pattern) => ({ pattern: pathPattern(pattern), script: this.#claimed(worker) })),
    );
    this.#staticFiles = options.staticFiles;
    this.#isFile = check;
  }

  /** The script of a worker whose `match` claims a path: it need not lie below the root. */
  #claimed({ file, index }: RoutedWorker): Script {
    const scriptName = file.startsWith(`${this.#root}/`) ? file.slice(this.#root.length) : `/${basename(file)}`;
    return { kind: 'script', scriptFilename: file, scriptName, pathInfo: '', worker: index };
  }

  /** The route of a request line's target: `/path?query`, `http://host/path` or `*`. */
  route(target: string): Route {
    const path = pathOf(target);
    const decoded = /^[^%\x80-\xff]*$/.test(path) ? path : decode(path);
    if (decoded === undefined) return this.#frontController(); // not UTF-8: no file has such a name, a script may care
    if (decoded.includes('\0')) return BAD_REQUEST;
    const clean = normalize(decoded);
    for (const { pattern, script } of this.#matchers) if (pattern.test(clean)) return script;
    if (hasDotFile(clean)) return this.#frontController();

    const split = this.#split(clean);
    if (split >= 0) {
      const scriptName = clean.slice(0, split);
      const found = this.#script(scriptName, clean.slice(split));
      if (found !== undefined) return found;
    } else if (this.#staticFiles && !hasSource(clean) && this.#isFile(this.#root + clean)) {
      return { kind: 'file', path: clean };
    }
    const directory = clean.endsWith('/') ? clean : `${clean}/`;
    for (const name of this.#index) {
      const found = this.#script(directory + name, '');
      if (found === undefined) continue;
      if (directory === clean) return found;
      const query = target.indexOf('?');
      return { kind: 'redirect', location: `${encodeURI(directory)}${query < 0 ? '' : target.slice(query)}` };
    }
    return this.#frontController();
  }

  #frontController(): Route {
    for (const name of this.#index) {
      const found = this.#script(`/${name}`, '');
      if (found !== undefined) return found;
    }
    return NOT_FOUND;
  }

  /** The script behind a URL path, if there is one. A worker's file was looked at when the scope was created. */
  #script(scriptName: string, pathInfo: string): Script | undefined {
    if (this.#split(scriptName) !== scriptName.length) return undefined; // an index file that is no script
    const scriptFilename = this.#root + scriptName;
    const worker = this.#workers.get(scriptFilename) ?? -1;
    if (worker < 0 && !this.#isFile(scriptFilename)) return undefined;
    return { kind: 'script', scriptFilename, scriptName, pathInfo, worker };
  }

  /** Where the first path segment that ends as a script's name ends, or -1. */
  #split(path: string): number {
    const lower = lowerAscii(path);
    let first = -1;
    for (const ending of this.#splitPath) {
      for (let at = lower.indexOf(ending); at >= 0; at = lower.indexOf(ending, at + 1)) {
        const end = at + ending.length;
        if (end === lower.length || lower.charCodeAt(end) === SLASH) {
          if (first < 0 || end < first) first = end;
          break;
        }
      }
    }
    return first;
  }
}

const SLASH = 0x2f;

/** ASCII letters only: other scripts' case rules would make a name match that the file system tells apart. */
function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}

/** The path of a request target, undecoded, beginning with a slash. */
export function pathOf(target: string): string {
  let start = 0;
  if (target.charCodeAt(0) !== SLASH) {
    const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/.exec(target);
    if (authority === null) return '/'; // `OPTIONS *`
    start = authority[0].length;
  }
  const query = target.indexOf('?', start);
  const path = target.slice(start, query < 0 ? undefined : query);
  return path.startsWith('/') ? path : `/${path}`;
}

// `path` has one character a byte. Bytes that clients should have encoded, and some do not, mean the same as encoded.
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`));
  } catch {
    return undefined;
  }
}

/** Without empty, `.` and `..` segments, never above the root; a trailing slash stays. */
function normalize(path: string): string {
  if (!/\/(?:\/|\.\.?(?:\/|$))/.test(path)) return path;
  const segments: string[] = [];
  const parts = path.split('/');
  for (const part of parts) {
    if (part === '..') segments.pop();
    else if (part !== '' && part !== '.') segments.push(part);
  }
  const last = parts.at(-1);
  const trailing = segments.length > 0 && (last === '' || last === '.' || last === '..') ? '/' : '';
  return `/${segments.join('/')}${trailing}`;
}

/** Whether a script may be meant, whatever `splitPath` says: the source of one is never sent. */
function hasSource(path: string): boolean {
  return /\.php(?:\/|$)/i.test(path);
}

function hasDotFile(path: string): boolean {
  if (!path.includes('/.')) return false;
  const rest = path.startsWith('/.well-known/') ? path.slice('/.well-known'.length) : path;
  return rest.includes('/.');
}
