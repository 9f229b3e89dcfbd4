// What `php-sidekick serve` serves, and where: from its flags, over a config file.
import { parseArgs } from 'node:util';
import { describe } from '../../options/check.js';
import type { RuntimeOptions } from '../../options/runtime.js';
import type { ScopeOptions } from '../../options/scope.js';
import type { WorkerOptions } from '../../options/worker.js';
import { loadConfig, type ServeConfig, wrong } from './config.js';

/** {@link ServeConfig}, complete. */
export interface Settings {
  /** undefined: every interface. */
  readonly host: string | undefined;
  readonly port: number;
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly accessLog: boolean;
  readonly runtime: RuntimeOptions;
  readonly scope: ScopeOptions;
}

export const USAGE =
  'serve [--root dir] [--worker file[,num]]… [--background [name=]file[,num]]… [--listen [host:]port]\n' +
  '      [--tls-key file --tls-cert file] [--threads n] [--ini key=value]… [--watch] [--no-access-log] [--config file]';

const FLAGS = {
  root: { type: 'string' },
  worker: { type: 'string', multiple: true },
  background: { type: 'string', multiple: true },
  listen: { type: 'string' },
  'tls-key': { type: 'string' },
  'tls-cert': { type: 'string' },
  threads: { type: 'string' },
  ini: { type: 'string', multiple: true },
  watch: { type: 'boolean' },
  'no-access-log': { type: 'boolean' },
  config: { type: 'string' },
} as const;

/**
 * Reads `args` and the config file.
 * @throws SidekickError `ERR_SIDEKICK_CONFIG`, naming the flag or the file.
 */
export async function settingsOf(args: readonly string[]): Promise<Settings> {
  const flags = parse(args);
  const config = await loadConfig(flags.config);
  const { listen, tls, accessLog, watch, runtime, ...scope } = config;
  const { host, port } = address(flags.listen ?? listen ?? 8080);
  const workers = [
    ...(scope.workers ?? []),
    ...(flags.worker ?? []).map(httpWorker),
    ...(flags.background ?? []).map(backgroundWorker),
  ];
  const watched = flags.watch ?? watch ?? false;
  return {
    host,
    port,
    tls: tlsOf(flags['tls-key'], flags['tls-cert']) ?? tls,
    accessLog: flags['no-access-log'] === true ? false : (accessLog ?? true),
    runtime: { ...runtime, ...threads(flags.threads), ...ini(flags.ini, runtime?.ini) },
    scope: {
      ...scope,
      ...(flags.root === undefined ? {} : { root: flags.root }),
      workers: watched ? workers.map((worker) => ({ watch: true, ...worker })) : workers,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function address(listen: unknown): { host: string | undefined; port: number } {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(String(listen));
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw wrong(`listen must be a port, or host:port, not ${describe(listen)}`);
  return { host: match[1]?.replace(/^\[(.*)\]$/, '$1'), port };
}

function httpWorker(text: string): WorkerOptions {
  const { file, num } = counted('worker', text);
  return { file, ...num };
}

function backgroundWorker(text: string): WorkerOptions {
  const { file, num } = counted('background', text);
  const equals = file.indexOf('=');
  if (equals < 0) return { file, background: true, ...num };
  return { file: file.slice(equals + 1), background: true, name: file.slice(0, equals), ...num };
}

/** `bin/worker.php,4` */
function counted(flag: string, text: string): { file: string; num: { num?: number } } {
  const comma = text.lastIndexOf(',');
  if (comma < 0) return { file: text, num: {} };
  return { file: text.slice(0, comma), num: { num: whole(flag, text.slice(comma + 1)) } };
}

function whole(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw wrong(`--${flag} must have a whole number, not ${describe(text)}`);
  return Number(text);
}

function threads(text: string | undefined): { threads?: number } {
  return text === undefined ? {} : { threads: whole('threads', text) };
}

function ini(settings: readonly string[] = [], given: RuntimeOptions['ini'] = {}): { ini?: RuntimeOptions['ini'] } {
  if (settings.length === 0) return {};
  const added = settings.map((setting) => {
    const equals = setting.indexOf('=');
    if (equals <= 0) throw wrong(`--ini must be key=value, not ${describe(setting)}`);
    return [setting.slice(0, equals), setting.slice(equals + 1)] as const;
  });
  return { ini: { ...given, ...Object.fromEntries(added) } };
}

function tlsOf(key: string | undefined, cert: string | undefined): { key: string; cert: string } | undefined {
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined) throw wrong('--tls-key and --tls-cert belong together');
  return { key, cert };
}
