// Ends requests that wait for a PHP thread for too long (`maxWaitTime`) or whose script takes too long
// (`requestTimeout`). One look at all of them every tenth of the shorter limit, instead of a timer a request: a request
// costs two operations on a set, and its limit is kept to within two looks.
import type { NativeAddon } from '../binding.js';

/** A request under way, as the watch sees it. */
export interface Watched {
  /** Of its exchange. */
  readonly id: number;
  /** Milliseconds of performance.now() when the watch saw it first; 0: not yet. */
  since: number;
  /** No PHP thread took it in time, and none will. */
  onWaitedOut(): void;
  /** Its script has had its time, and is being stopped. */
  onTimedOut(): void;
}

const SHORTEST_LOOK = 5; // milliseconds
const LONGEST_LOOK = 250;

export class Watch {
  readonly #native: NativeAddon;
  readonly #maxWaitTime: number;
  readonly #requestTimeout: number;
  readonly #period: number;
  readonly #requests = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** Limits in milliseconds; 0: none. */
  constructor(native: NativeAddon, maxWaitTime: number, requestTimeout: number) {
    this.#native = native;
    this.#maxWaitTime = maxWaitTime;
    this.#requestTimeout = requestTimeout;
    const shorter = Math.min(maxWaitTime || Number.POSITIVE_INFINITY, requestTimeout || Number.POSITIVE_INFINITY);
    this.#period = Math.min(LONGEST_LOOK, Math.max(SHORTEST_LOOK, shorter / 10));
  }

  /** From its dispatch on. */
  add(request: Watched): void {
    if (this.#maxWaitTime === 0 && this.#requestTimeout === 0) return;
    this.#requests.add(request);
    this.#timer ??= setInterval(() => this.#look(), this.#period).unref();
  }

  /** It has ended, one way or another. */
  delete(request: Watched): void {
    this.#requests.delete(request);
  }

  #look(): void {
    if (this.#requests.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    for (const request of this.#requests) {
      if (request.since === 0) request.since = now;
      else this.#check(request, now - request.since);
    }
  }

  #check(request: Watched, age: number): void {
    const late = this.#maxWaitTime > 0 && age >= this.#maxWaitTime;
    if (late && this.#native.withdraw(request.id)) {
      this.#requests.delete(request);
      request.onWaitedOut();
    } else if (this.#requestTimeout > 0 && age >= this.#requestTimeout) {
      if (this.#native.servedFor(request.id) < this.#requestTimeout) return;
      this.#requests.delete(request);
      this.#native.stopRequest(request.id);
      request.onTimedOut();
    }
  }
}
