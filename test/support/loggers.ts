// Loggers for Runtime.start().
import type { LogFields, Logger } from '../../lib/index.js';

/** Says nothing. */
export const silence: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps every line. */
export class Lines implements Logger {
  readonly all: LogLine[] = [];

  debug(fields: LogFields, message: string): void {
    this.all.push({ level: 'debug', message, fields });
  }

  info(fields: LogFields, message: string): void {
    this.all.push({ level: 'info', message, fields });
  }

  warn(fields: LogFields, message: string): void {
    this.all.push({ level: 'warn', message, fields });
  }

  error(fields: LogFields, message: string): void {
    this.all.push({ level: 'error', message, fields });
  }

  /** Lines that hold `text`. */
  of(text: string): LogLine[] {
    return this.all.filter(({ message }) => message.includes(text));
  }
}
