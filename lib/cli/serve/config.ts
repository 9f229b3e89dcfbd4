// The config file of `php-sidekick serve`.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SidekickError } from '../../errors.js';
import { describe } from '../../options/check.js';
import type { RuntimeOptions } from '../../options/runtime.js';
import type { ScopeOptions } from '../../options/scope.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `sidekick.config.${ending}`);

/**
 * The default export of `sidekick.config.ts` (or .js, .mjs, .json): the options of `createScope()`, and these. Paths are
 * relative to the working directory.
 */
export interface ServeConfig extends ScopeOptions {
  /** Port, or `host:port`. Default: 8080, on every interface. */
  readonly listen?: number | string;
  /** Serve HTTPS, with HTTP/2: paths of PEM files. Default: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** One JSON line per request on stdout. Default: true. */
  readonly accessLog?: boolean;
  /** Run workers again when files change that they may depend on. Default: false. */
  readonly watch?: boolean;
  /** Options of `Runtime.start()`. */
  readonly runtime?: RuntimeOptions;
}

/** A mistake in flags or config file. */
export function wrong(problem: string): SidekickError {
  return new SidekickError('ERR_SIDEKICK_CONFIG', `serve: ${problem}`);
}

/** The config of `given`, else of the first of the usual names that is in the working directory, else nothing. */
export async function loadConfig(given: string | undefined): Promise<ServeConfig> {
  const name = given ?? NAMES.find((each) => existsSync(each));
  if (name === undefined) return {};
  const file = resolve(name);
  if (!existsSync(file)) throw wrong(`config file '${name}' is missing`);
  let config: unknown;
  try {
    config = await read(file);
  } catch (error) {
    throw wrong(`config file '${name}' cannot be read: ${(error as Error).message}`);
  }
  if (config === null || typeof config !== 'object' || Array.isArray(config)) {
    throw wrong(`config file '${name}' must give an object as its default export, not ${describe(config)}`);
  }
  return config as ServeConfig;
}

async function read(file: string): Promise<unknown> {
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
  if (/\.[cm]?ts$/.test(file)) {
    // Node 20 does not take types away; jiti does, for every Node.
    const { createJiti } = await import('jiti');
    return createJiti(import.meta.url).import(file, { default: true });
  }
  return ((await import(pathToFileURL(file).href)) as { default: unknown }).default;
}
