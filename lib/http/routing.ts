// Which script answers a URL path, by the rules of FrankenPHP's php_server: an existing PHP file, else the directory's
// index file, else the front controller (the index file of the document root). A path that names anything else (a
// picture, a dot file, nothing at all) goes to the front controller too; the source of a script is never sent.
import { statSync } from 'node:fs';

/** What the router needs to know of a scope. */
export interface RoutingOptions {
  /** Absolute, without a trailing slash. */
  readonly root: string;
  readonly index: readonly string[];
  /** Lower case. */
  readonly splitPath: readonly string[];
  /** Absolute script paths of the HTTP workers, with their places among the scope's workers. */
  readonly workers: readonly { readonly file: string; readonly index: number }[];
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

/** Answered without PHP: 308 to `location`, 400 or 404. */
export interface NoScript {
  readonly kind: 'redirect' | 'badRequest' | 'notFound';
  readonly location: string;
}

export type Route = Script | NoScript;

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
  readonly #isFile: FileCheck;

  constructor(options: RoutingOptions, check: FileCheck = cachedCheck()) {
    this.#root = options.root;
    this.#index = options.index;
    this.#splitPath = options.splitPath;
    this.#workers = new Map([...options.workers].reverse().map(({ file, index }) => [file, index]));
    this.#isFile = check;
  }

  /** The route of a request line's target: `/path?query`, `http://host/path` or `*`. */
  route(target: string): Route {
    const path = pathOf(target);
    const decoded = path.includes('%') ? decode(path) : path;
    if (decoded === undefined) return this.#frontController(); // not UTF-8: no file has such a name, a script may care
    if (decoded.includes('\0')) return BAD_REQUEST;
    const clean = normalize(decoded);
    if (hasDotFile(clean)) return this.#frontController();

    const split = this.#split(clean);
    if (split >= 0) {
      const scriptName = clean.slice(0, split);
      const found = this.#script(scriptName, clean.slice(split));
      if (found !== undefined) return found;
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

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
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

function hasDotFile(path: string): boolean {
  if (!path.includes('/.')) return false;
  const rest = path.startsWith('/.well-known/') ? path.slice('/.well-known'.length) : path;
  return rest.includes('/.');
}
