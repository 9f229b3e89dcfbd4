// `php-sidekick doctor`: what is installed here and whether it can work: versions, extensions, opcache, which library's
// symbols libphp is bound to, and the limits of the system. Ends with 1 when something must be mended.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binding } from '../binding.js';
import type { LogFields } from '../logger.js';
import { Runtime } from '../runtime.js';
import type { Command } from './command.js';
import { foreignBindings } from './symbols.js';

// As PHP sees itself; the script runs as on a command line, where opcache's settings show and its memory does not.
const PROBE = `<?php
echo json_encode([
    'zts' => (bool) PHP_ZTS, 'debug' => (bool) PHP_DEBUG, 'integers' => PHP_INT_SIZE * 8,
    'extensions' => get_loaded_extensions(),
    'timezone' => date_default_timezone_get(), 'memory' => ini_get('memory_limit'), 'jit' => ini_get('opcache.jit'),
]);
`;

interface Probe {
  readonly zts: boolean;
  readonly debug: boolean;
  readonly integers: number;
  readonly extensions: readonly string[];
  readonly timezone: string;
  readonly memory: string;
  readonly jit: string | false;
}

class Report {
  #failed = false;

  fact(name: string, value: string): void {
    process.stdout.write(`  ${name.padEnd(12)} ${value}\n`);
  }

  /** `advice`: what to do when it does not hold. */
  check(holds: boolean, name: string, value: string, advice: string, isFatal: boolean): void {
    const mark = holds ? 'ok' : isFatal ? 'FAIL' : 'warn';
    process.stdout.write(`${mark.padEnd(4)} ${name.padEnd(10)} ${value}${holds ? '' : `: ${advice}`}\n`);
    if (!holds && isFatal) this.#failed = true;
  }

  get exitCode(): number {
    return this.#failed ? 1 : 0;
  }
}

function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / (1 << 20))} MB`;

/** The soft limit of this name in /proc/self/limits; Infinity when there is none. */
function limit(name: string): number {
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(name));
  const value = Number(line?.slice(name.length).trim().split(/\s+/)[0]);
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

async function examine(report: Report): Promise<void> {
  const warnings: string[] = [];
  const warn = (_: LogFields, message: string): void => void warnings.push(message);
  const logger = { debug() {}, info() {}, warn, error: warn };
  const folder = mkdtempSync(join(tmpdir(), 'php-sidekick-doctor-'));
  try {
    await using php = await Runtime.start({ logger });
    const script = join(folder, 'probe.php');
    writeFileSync(script, PROBE);
    const probe = JSON.parse((await php.run(script)).stdout) as Probe;
    const { opcache, threads } = php.status();
    report.fact('PHP', `${php.phpVersion}, ${probe.integers} bit${probe.debug ? ', debug build' : ''}`);
    report.fact('extensions', [...probe.extensions].sort().join(' '));
    report.fact('settings', `memory_limit ${probe.memory}, time zone ${probe.timezone}`);
    report.fact('threads', `${threads.filter(({ kind }) => kind === 'classic').length} for requests by default`);
    report.check(
      probe.zts,
      'threads',
      probe.zts ? 'PHP is thread-safe' : 'PHP is not thread-safe',
      'build it again',
      true,
    );
    const memory = opcache.memoryBytes;
    const state = memory > 0 ? `on, ${megabytes(memory)}, JIT ${probe.jit === false ? 'not built' : probe.jit}` : 'off';
    report.check(memory > 0, 'opcache', state, 'scripts are compiled at each request', false);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const warning of warnings) report.check(false, 'runtime', 'says', warning, false);
}

export const doctor: Command = {
  usage: 'doctor',
  summary: 'says what is installed here, and whether something is in its way',

  async run() {
    const report = new Report();
    report.fact('php-sidekick', ownVersion());
    report.fact('Node.js', `${process.versions.node} on ${process.platform} ${process.arch}`);
    binding(); // says what is wrong when it cannot be loaded
    await examine(report);
    const foreign = await foreignBindings();
    report.check(
      foreign.length === 0,
      'symbols',
      foreign.length === 0 ? 'libphp uses its own libraries' : `libphp uses ${foreign.length} symbols of node's`,
      `${foreign.slice(0, 5).join(', ')}… belong to other versions of its libraries; reinstall php-sidekick`,
      true,
    );
    const files = limit('Max open files');
    report.check(files >= 4096, 'files', `${files} may be open`, 'raise it, with ulimit -n 65536', false);
    const processes = limit('Max processes');
    report.check(processes >= 512, 'tasks', `${processes} may run`, 'each PHP thread is one; raise ulimit -u', false);
    return report.exitCode;
  },
};
