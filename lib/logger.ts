// Where log lines go: the user's logger, or one JSON line per event on stderr.

/** What a log line is about. */
export interface LogFields {
  readonly [field: string]: unknown;
}

/** The part of pino's interface that php-sidekick uses; any logger with these methods will do. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

type LevelName = 'debug' | 'info' | 'warn' | 'error';

function write(level: LevelName, fields: LogFields, message: string): void {
  const own = { level, time: new Date().toISOString(), msg: message };
  process.stderr.write(`${JSON.stringify({ ...own, ...fields, ...own })}\n`); // a script's fields do not pass for ours
}

/** One JSON line per event on stderr; debug lines only when NODE_DEBUG names php-sidekick. */
export const stderrLogger: Logger = {
  debug(fields, message) {
    if (/\bphp-sidekick\b/.test(process.env['NODE_DEBUG'] ?? '')) write('debug', fields, message);
  },
  info: (fields, message) => write('info', fields, message),
  warn: (fields, message) => write('warn', fields, message),
  error: (fields, message) => write('error', fields, message),
};

/** Logs at a numeric level as FrankenPHP counts them: -4 debug, 0 info, 4 warn, 8 error. */
export function logAt(logger: Logger, level: number, fields: LogFields, message: string): void {
  if (level >= 8) logger.error(fields, message);
  else if (level >= 4) logger.warn(fields, message);
  else if (level >= 0) logger.info(fields, message);
  else logger.debug(fields, message);
}

/** Who a log line of a script is about, as native code tells it. */
export interface LogLabel extends LogFields {
  /** JSON of what the script gave along with its message. */
  readonly context?: string;
}

/** Logs a line of a script; its label wins over what the script calls the same. */
export function logLine(logger: Logger, level: number, label: LogLabel = {}, message = ''): void {
  const { context, ...who } = label;
  const fields = context === undefined ? who : { ...(JSON.parse(context) as LogFields), ...who };
  logAt(logger, level, fields, message);
}
