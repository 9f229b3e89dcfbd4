// Where the HTTP entrances of a scope send their requests: the router and the scope's native handle.
import { SidekickError } from '../errors.js';
import type { Router } from './routing.js';

export interface HttpTarget {
  /** The scope's native handle. */
  readonly scope: number;
  /** Document root. */
  readonly root: string;
  readonly router: Router;
  /** Set once the scope is closed: nothing is sent any more. */
  closed: SidekickError | undefined;
}

/** Request bytes gathered before PHP is asked: most bodies are there at once, and a slow client holds no PHP thread. */
export const GATHER_BYTES = 128 * 1024;

/** Seconds in Retry-After when a request was turned away. */
export const RETRY_AFTER = '1';

/** The status that a failure to serve is answered with. */
export function statusOfFailure(error: unknown): number {
  const busy =
    error instanceof SidekickError &&
    (error.code === 'ERR_SIDEKICK_QUEUE_FULL' || error.code === 'ERR_SIDEKICK_STOPPED');
  return busy ? 503 : 500;
}
