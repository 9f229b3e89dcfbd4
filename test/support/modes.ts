// Runs the same fixture in classic and in worker mode: a folder of test/php/ that holds classic.php and worker.php.
import { fileURLToPath } from 'node:url';
import type { Scope } from '../../lib/index.js';

export const modes = ['classic', 'worker'] as const;
export type Mode = (typeof modes)[number];

/** Absolute path of a folder of test/php/. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../php/${name}`, import.meta.url));
}

/** Asks `/<mode>.php?<query>` and gives the JSON of the answer; an answer other than 200 is an error that shows it. */
export async function ask<T = unknown>(app: Scope, mode: string, query: Record<string, string> = {}): Promise<T> {
  const url = `http://localhost/${mode}.php?${new URLSearchParams(query)}`;
  const response = await app.fetch(new Request(url));
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${text}`);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${url}: not JSON: ${text}`);
  }
}
