// V18, for one configuration of the process: has every holder of test/php/proof-of-life/ keep vars, takes their
// snapshot away as soon as the script that read them is gone, and looks on. A process takes one configuration, so each
// is a test file of its own. A fault ends the process, and vitest says so.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../../lib/index.js';
import { silence } from './loggers.js';
import { fixture, type Mode, modes } from './modes.js';
import { Remote } from './remote.js';
import { isSanitized } from './variant.js';

const root = fixture('proof-of-life');

/** Holders of extensions that a sanitizer's PHP does not have. */
const LACKED = new Set(['iconv', 'curl', 'calendar, filters and tokens', 'XMLWriter and streams', 'XML parser', 'DOM']);

/** The names in the tables of test/php/proof-of-life/holders/. */
export function holderNames(): string[] {
  return readdirSync(join(root, 'holders')).flatMap((file) => {
    const source = readFileSync(join(root, 'holders', file), 'utf8');
    return [...source.matchAll(/^ {4}'([^']+)' => new Holder\(/gm)].map((match) => match[1]!);
  });
}

class Proof {
  readonly #php: Runtime;
  readonly #app: Scope;
  readonly #remote: Remote;
  readonly #folder: string;
  readonly #echo: Server;
  readonly #sockets: Set<Socket>;
  #seed = 1000;

  private constructor(php: Runtime, app: Scope, remote: Remote, folder: string, echo: Server, sockets: Set<Socket>) {
    this.#php = php;
    this.#app = app;
    this.#remote = remote;
    this.#folder = folder;
    this.#echo = echo;
    this.#sockets = sockets;
  }

  static async start(ini: Record<string, string | number>): Promise<Proof> {
    const folder = await mkdtemp(join(tmpdir(), 'sidekick-proof-'));
    await symlink('.', join(folder, 'link'));
    await writeFile(join(folder, 'report'), '');
    const sockets = new Set<Socket>();
    const echo = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).pipe(socket);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => echo.once('listening', resolve));
    const remote = await Remote.listen();
    const php = await Runtime.start({
      threads: 1, // so that the next script runs where the last one left its traces
      logger: silence,
      ini: { 'opcache.file_update_protection': 0, 'opcache.revalidate_freq': 0, ...ini },
    });
    const env = {
      REMOTE: remote.path,
      PROOF_FOLDER: folder,
      PROOF_REPORT: join(folder, 'report'),
      PROOF_PORT: String((echo.address() as AddressInfo).port),
    };
    const workers = [
      { file: join(root, 'worker.php'), num: 1, maxConsecutiveFailures: -1 },
      { file: join(root, 'publisher.php'), background: true, name: 'told', num: 1 },
    ];
    const app = await php.createScope({ name: 'proof', root, env, workers });
    return new Proof(php, app, remote, folder, echo, sockets);
  }

  async stop(): Promise<void> {
    await this.#php.stop();
    await this.#remote.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#echo.close();
    await rm(this.#folder, { recursive: true });
  }

  /** All that a holder goes through; what must hold is checked on the way. */
  async run(mode: Mode, holder: string): Promise<void> {
    const seed = ++this.#seed;
    await this.#tell('publish', seed);
    const response = await this.#request(mode, 'hold', holder, seed);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    const read = async () => {
      const part = await reader.read();
      text += Buffer.from(part.value ?? []).toString();
      return !part.done;
    };
    while (!text.includes('held\n') && (await read()));
    await this.#tell('publish', ++this.#seed);
    await this.#tell('publish', ++this.#seed);
    while (await read());
    // After frankenphp_finish_request() there is nothing more to read.
    if (!holder.includes('finish_request')) expect(text).toContain('held\ntrue\n');

    if (mode === 'worker') {
      expect(await this.#ask(mode, 'look', holder, seed), 'in the next request of the same script').toBe('true');
      await this.#ask(mode, 'end', holder, seed);
    }
    // The next request is served when the script before it is gone, and with it whoever could need the snapshot.
    const reports = await this.#ask(mode, 'reports', holder, seed);
    await this.#tell('forget', seed);
    for (let time = 0; time < 2; time++) {
      expect(await this.#ask(mode, 'after', holder, seed), 'in a later script').toBe('true');
      if (mode === 'worker') await this.#ask(mode, 'end', holder, seed);
    }
    const lines = (await readFile(join(this.#folder, 'report'), 'utf8')).split('\n').filter((line) => line !== '');
    const said = lines.map((line) => JSON.parse(line) as [string, number, unknown]).filter(([, of]) => of === seed);
    expect(said.map(([, , ok]) => ok)).toEqual(said.map(() => true));
    // Each holder is looked at in its request and in a shutdown function; destructors and the like add what they saw.
    expect(said.length).toBeGreaterThanOrEqual(reports === 'true' ? 3 : 2);
  }

  /** Whether the JIT is at work. */
  async hasJit(): Promise<boolean> {
    return (await this.#ask('classic', 'jit', '', 0)) === 'true';
  }

  async #tell(command: string, seed: number): Promise<void> {
    const answer = await this.#remote.call('told', command, seed);
    if (answer === undefined || answer.error !== undefined) throw new Error(`${command}: ${JSON.stringify(answer)}`);
  }

  #request(mode: Mode, what: string, holder: string, seed: number): Promise<Response> {
    const query = new URLSearchParams({ do: what, holder, seed: String(seed) });
    return this.#app.fetch(new Request(`http://localhost/${mode}.php?${query}`));
  }

  async #ask(mode: Mode, what: string, holder: string, seed: number): Promise<string> {
    return (await (await this.#request(mode, what, holder, seed)).text()).trim();
  }
}

/** Defines the tests. */
export function proveLife(configuration: string, ini: Record<string, string | number> = {}): void {
  let proof: Proof;
  beforeAll(async () => {
    proof = await Proof.start(ini);
  });
  afterAll(() => proof.stop());

  it('V18 the configuration is in force', async () => {
    expect(await proof.hasJit()).toBe(ini['opcache.jit'] !== undefined);
  });

  describe.each(modes)(`V18 ${configuration}, %s mode, vars kept by`, (mode) => {
    it.each(holderNames().filter((holder) => !isSanitized || !LACKED.has(holder)))('%s', (holder) =>
      proof.run(mode, holder),
    );
  });
}
