// What the HTTP entrances of a scope share: where requests go, what they may take, and how failures are answered.
import { SidekickError } from '../errors.js';
import type { Router } from './routing.js';
import type { Watch } from './watch.js';

export interface HttpTarget {
  /** The scope's native handle. */
  readonly scope: number;
  /** Document root. */
  readonly root: string;
  readonly router: Router;
  /** Ends requests that wait or run for too long. */
  readonly watch: Watch;
  /** Milliseconds for which a client may send, or take, nothing while it is waited for; 0: for ever. */
  readonly bodyTimeout: number;
  /** Set once the scope is closed: nothing is sent any more. */
  closed: SidekickError | undefined;
}

/** Seconds in Retry-After when a request was turned away. */
export const RETRY_AFTER = '1';

/** The status that a failure to serve is answered with. */
export function statusOfFailure(error: unknown): number {
  const busy =
    error instanceof SidekickError &&
    (error.code === 'ERR_SIDEKICK_QUEUE_FULL' || error.code === 'ERR_SIDEKICK_STOPPED');
  return busy ? 503 : 500;
}
