import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// native/ has three rooms; arrows only point down, node → php → core.
const MAY_INCLUDE: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  php: ['php', 'core'],
  node: ['node', 'php', 'core'],
};
const PHP_HEADER = /^(?:php|php_\w+|zend|zend_\w+|SAPI|TSRM|(?:main|Zend|TSRM|ext|sapi)\/.+)(?:\.h)?$/;
const NODE_HEADER = /^(?:napi|node_api|js_native_api|uv|node|v8)[\w-]*\.h$/;

const root = fileURLToPath(new URL('../native', import.meta.url));

function includesOf(source: string): string[] {
  return [...source.matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm)].map((match) => match[1]!);
}

/** What `room` may not include, in words. */
function violation(room: string, include: string): string | undefined {
  const into = /^(core|php|node)\//.exec(include)?.[1];
  if (into !== undefined) return MAY_INCLUDE[room]!.includes(into) ? undefined : `${room} must not know ${into}`;
  if (room !== 'php' && PHP_HEADER.test(include)) return 'only php/ may include PHP headers';
  if (room !== 'node' && NODE_HEADER.test(include)) return 'only node/ may include Node headers';
  return undefined;
}

describe('include rules of native/', () => {
  for (const room of Object.keys(MAY_INCLUDE)) {
    it(`${room}/ includes only what it may`, () => {
      const files = readdirSync(join(root, room)).filter((name) => /\.(?:h|c|cpp)$/.test(name));
      expect(files.length).toBeGreaterThan(0);
      const found = files.flatMap((name) =>
        includesOf(readFileSync(join(root, room, name), 'utf8')).flatMap((include) => {
          const problem = violation(room, include);
          return problem === undefined ? [] : [`native/${room}/${name}: ${include}: ${problem}`];
        }),
      );
      expect(found).toEqual([]);
    });
  }

  it('sees a violation when there is one', () => {
    expect(violation('core', 'php/engine.h')).toBeDefined();
    expect(violation('php', 'node/events.h')).toBeDefined();
    expect(violation('node', 'Zend/zend_types.h')).toBeDefined();
    expect(violation('node', 'php_network.h')).toBeDefined();
    expect(violation('php', 'napi.h')).toBeDefined();
    expect(includesOf('#include <a.h>\n  # include "b/c.h"\n// #include "d.h"')).toEqual(['a.h', 'b/c.h']);
  });
});
