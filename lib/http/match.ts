// Patterns of URL paths for a worker's `match`, as Caddy's path matcher has them: case is ignored, `*` at an end stands
// for anything, `*` elsewhere for anything within a segment.

/** The regular expression for a pattern that {@link isPathPattern} takes. */
export function pathPattern(pattern: string): RegExp {
  if (pattern === '*') return /^/;
  const front = pattern.startsWith('*');
  const back = pattern.endsWith('*');
  const middle = pattern.slice(front ? 1 : 0, back ? -1 : undefined);
  const escaped = middle.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`${front ? '' : '^'}${escaped.join('[^/]*')}${back ? '' : '$'}`, 'is');
}

/** Whether it can match any path. */
export function isPathPattern(pattern: string): boolean {
  return pattern.startsWith('/') || pattern.startsWith('*');
}
