// `php-sidekick serve`: an application behind a server, until SIGINT or SIGTERM. Then nothing new is taken, what is
// under way is answered, workers are drained; a second signal ends the process at once.
import { stderrLogger } from '../logger.js';
import { Runtime } from '../runtime.js';
import type { Command } from './command.js';
import { Front } from './serve/front.js';
import { settingsOf, USAGE } from './serve/settings.js';

/** Milliseconds; createScope()'s own default. */
const STOP_TIMEOUT = 30_000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export const serve: Command = {
  usage: USAGE,
  summary: 'serves an application over HTTP or HTTPS: PHP files, HTTP workers, background workers, static files',

  async run(args) {
    const settings = await settingsOf(args);
    const logger = settings.runtime.logger ?? stderrLogger;
    const ended = signalled();
    const php = await Runtime.start(settings.runtime);
    try {
      const app = await php.createScope(settings.scope);
      const front = new Front(settings, app.listener);
      const url = await front.open();
      logger.info({ url, php: php.phpVersion, root: settings.scope.root ?? '.' }, `listening on ${url}`);
      const signal = await ended;
      logger.info({ signal }, `${signal}: stopping; once more ends the process at once`);
      await front.close(settings.scope.stopTimeout ?? STOP_TIMEOUT);
      await app.close();
    } finally {
      await php.stop();
    }
    return 0;
  },
};

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const each of SIGNALS) process.off(each, onSignal); // the next one has its usual effect
      resolve(signal);
    };
    for (const each of SIGNALS) process.on(each, onSignal);
  });
}
