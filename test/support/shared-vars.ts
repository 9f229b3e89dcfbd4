// A runtime with the workers of test/php/shared-vars/: `told`, a background worker that publishes what the test tells
// it, and the reader in both modes.
import { join } from 'node:path';
import { Runtime, type RuntimeOptions, type Scope, type WorkerOptions } from '../../lib/index.js';
import { silence } from './loggers.js';
import { fixture } from './modes.js';
import { type Answer, Remote } from './remote.js';

export class SharedVars {
  readonly php: Runtime;
  readonly app: Scope;
  readonly remote: Remote;

  private constructor(php: Runtime, app: Scope, remote: Remote) {
    this.php = php;
    this.app = app;
    this.remote = remote;
  }

  /** `more`: further workers of the scope. */
  static async start(
    name: string,
    more: (remote: Remote) => readonly WorkerOptions[] = () => [],
    options: RuntimeOptions = {},
  ): Promise<SharedVars> {
    const root = fixture('shared-vars');
    const remote = await Remote.listen();
    const php = await Runtime.start({ threads: 2, logger: silence, ...options });
    const told = {
      file: join(root, 'publisher.php'),
      background: true,
      name: 'told',
      num: 1,
      env: { REMOTE: remote.path },
    };
    const http = { file: join(root, 'worker.php'), num: 2 };
    const app = await php.createScope({ name, root, workers: [http, told, ...more(remote)] });
    return new SharedVars(php, app, remote);
  }

  /** Has `told` run a command that must not fail. */
  async tell(command: string, ...args: unknown[]): Promise<unknown> {
    const answer = await this.ask(command, ...args);
    if (answer === undefined || answer.error !== undefined) throw new Error(`${command}: ${JSON.stringify(answer)}`);
    return answer.result;
  }

  /** Has `told` run a command, whatever comes of it. */
  ask(command: string, ...args: unknown[]): Promise<Answer | undefined> {
    return this.remote.call('told', command, ...args);
  }

  async stop(): Promise<void> {
    await this.php.stop();
    await this.remote.close();
  }
}
