// Checks of single option values. Each refuses with one sentence that names the option in full, as
// `createScope(): workers[1] ('mailer'): num must be …`.
import { SidekickError } from '../errors.js';

/** The object being checked and how it is called in messages. */
export interface Subject {
  readonly options: Readonly<Record<string, unknown>>;
  /** `Runtime.start()`, `createScope(): workers[1] ('mailer')`, … */
  readonly label: string;
}

/** Refuses with `ERR_SIDEKICK_CONFIG`. */
export function refuse(subject: Subject, key: string, problem: string): never {
  throw new SidekickError('ERR_SIDEKICK_CONFIG', `${subject.label}: ${key} ${problem}`);
}

/** A plain object, whose keys are all in `known`. */
export function subject(value: unknown, label: string, known: readonly string[]): Subject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new SidekickError('ERR_SIDEKICK_CONFIG', `${label}: options must be an object, not ${describe(value)}`);
  }
  const checked: Subject = { options: value as Record<string, unknown>, label };
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new SidekickError('ERR_SIDEKICK_CONFIG', `${label}: unknown option '${key}'; known: ${known.join(', ')}`);
    }
  }
  return checked;
}

/** The value in words, for messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`;
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/** A whole number within bounds. `fallback` is for undefined. */
export function integer(of: Subject, key: string, fallback: number, minimum: number, maximum: number): number {
  const value = of.options[key];
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    refuse(of, key, `must be a whole number from ${minimum} to ${maximum}, not ${describe(value)}`);
  }
  return value;
}

/** Milliseconds, 0 to 24 days (the longest that a Node timer takes). */
export function milliseconds(of: Subject, key: string, fallback: number): number {
  const value = of.options[key];
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= 0 && value <= 0x7fff_ffff)) {
    refuse(of, key, `must be milliseconds from 0 to ${0x7fff_ffff}, not ${describe(value)}`);
  }
  return Math.ceil(value);
}

export function boolean(of: Subject, key: string, fallback: boolean): boolean {
  const value = of.options[key];
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') refuse(of, key, `must be true or false, not ${describe(value)}`);
  return value;
}

/** A string without NUL bytes. */
export function text(of: Subject, key: string): string | undefined {
  const value = of.options[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') refuse(of, key, `must be a string, not ${describe(value)}`);
  if (value.includes('\0')) refuse(of, key, 'must not hold a NUL byte');
  return value;
}

/** A string with something in it. */
export function filledText(of: Subject, key: string): string | undefined {
  const value = text(of, key);
  if (value === '') refuse(of, key, 'must not be empty');
  return value;
}

export function texts(of: Subject, key: string, fallback: readonly string[]): readonly string[] {
  const value = of.options[key];
  if (value === undefined) return fallback;
  if (!Array.isArray(value)) refuse(of, key, `must be an array of strings, not ${describe(value)}`);
  value.forEach((element: unknown, index) => {
    if (typeof element !== 'string') refuse(of, `${key}[${index}]`, `must be a string, not ${describe(element)}`);
    if (element.includes('\0')) refuse(of, `${key}[${index}]`, 'must not hold a NUL byte');
  });
  return value as string[];
}

/** `{ NAME: 'value' }` as a flat list, without the reserved names, which go to `reserved`. */
export function environment(of: Subject, key: string, reserved: (name: string) => void): readonly string[] {
  const value = of.options[key];
  if (value === undefined) return [];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    refuse(of, key, `must be an object of strings, not ${describe(value)}`);
  }
  const flat: string[] = [];
  for (const [name, content] of Object.entries(value)) {
    if (name === '' || name.includes('=') || name.includes('\0')) {
      refuse(of, key, `holds ${describe(name)}, which cannot be the name of an environment variable`);
    }
    if (typeof content !== 'string') refuse(of, `${key}.${name}`, `must be a string, not ${describe(content)}`);
    if (content.includes('\0')) refuse(of, `${key}.${name}`, 'must not hold a NUL byte');
    if (name.startsWith('FRANKENPHP_')) reserved(name);
    else flat.push(name, content);
  }
  return flat;
}
