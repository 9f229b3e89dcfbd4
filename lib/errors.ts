// Every failure that php-sidekick reports is a SidekickError with a stable `code`. The table below is the list of
// codes; docs/errors.md explains each to users, and test/errors.test.ts keeps the two in step.

/** What each `code` means, in one sentence. */
export const ERROR_CODES = {
  ERR_SIDEKICK_CONFIG: 'An option is wrong; the message names it.',
  ERR_SIDEKICK_UNKNOWN_WORKER: 'No background worker of the scope has this name, and it has no catch-all.',
  ERR_SIDEKICK_BOOT_FAILED: 'A worker ended before it was ready.',
  ERR_SIDEKICK_TIMEOUT: 'What was waited for did not happen in time.',
  ERR_SIDEKICK_QUEUE_FULL: 'As many requests wait for a PHP thread as the queue may hold.',
  ERR_SIDEKICK_VALUE: 'A value cannot cross between PHP and JavaScript.',
  ERR_SIDEKICK_TASK_ABORTED: 'A task, or a message, ended without being completed.',
  ERR_SIDEKICK_OUTPUT_LIMIT: 'A script wrote more than may be collected of its output.',
  ERR_SIDEKICK_STOPPED: 'The runtime or the scope is stopped or stopping.',
  ERR_SIDEKICK_NATIVE: 'PHP or the native addon cannot be loaded or started here.',
} as const;

/** One of the codes in {@link ERROR_CODES}. */
export type SidekickErrorCode = keyof typeof ERROR_CODES;

/** The last thing PHP complained about in a script: an uncaught exception or its last error. */
export interface LastError {
  readonly message: string;
  /** Path of the file. */
  readonly file: string;
  /** Line in that file, from 1. */
  readonly line: number;
}

/** Extra fields of a {@link SidekickError}; which ones are there depends on its code. */
export interface SidekickErrorDetails {
  readonly attempts?: number;
  readonly exitStatus?: number;
  readonly lastError?: LastError | null;
  readonly path?: string;
  readonly cause?: unknown;
}

/** A failure of php-sidekick. Compare `code`, never the message. */
export class SidekickError extends Error {
  override readonly name = 'SidekickError';
  readonly code: SidekickErrorCode;
  /** `ERR_SIDEKICK_BOOT_FAILED`: how often the worker was tried in a row. */
  declare readonly attempts?: number;
  /** `ERR_SIDEKICK_BOOT_FAILED`: exit status of the last try. */
  declare readonly exitStatus?: number;
  /** `ERR_SIDEKICK_BOOT_FAILED` and `ERR_SIDEKICK_TASK_ABORTED`: what PHP reported last; null: nothing. */
  declare readonly lastError?: LastError | null;
  /** `ERR_SIDEKICK_VALUE`: where in the value, as `features.beta[3]`. */
  declare readonly path?: string;

  constructor(code: SidekickErrorCode, message: string, details: SidekickErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.attempts !== undefined) this.attempts = details.attempts;
    if (details.exitStatus !== undefined) this.exitStatus = details.exitStatus;
    if (details.lastError !== undefined) this.lastError = details.lastError;
    if (details.path !== undefined) this.path = details.path;
  }
}

/** A failure as native code describes it. */
export interface NativeFailure {
  readonly code: SidekickErrorCode;
  readonly message: string;
  readonly attempts: number;
  readonly exitStatus: number;
  readonly lastError: LastError | null;
}

/** The SidekickError for a failure that native code reports. */
export function errorFromFailure(failure: NativeFailure): SidekickError {
  const { attempts, exitStatus, lastError } = failure;
  if (failure.code === 'ERR_SIDEKICK_TASK_ABORTED') {
    return new SidekickError(failure.code, failure.message, { lastError });
  }
  if (failure.code !== 'ERR_SIDEKICK_BOOT_FAILED') return new SidekickError(failure.code, failure.message);
  return new SidekickError(failure.code, failure.message, { attempts, exitStatus, lastError });
}
