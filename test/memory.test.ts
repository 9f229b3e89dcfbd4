import { expect, it } from 'vitest';
import { run } from './support/child.js';
import { fixture } from './support/modes.js';
import { isSanitized } from './support/variant.js';

const MIB = 1024 * 1024;

interface Memory {
  /** Bytes, all. */
  readonly rss: number;
  readonly heapTotal: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly php: number;
}

interface Report {
  readonly first: Memory;
  readonly last: Memory;
  readonly wrong: number;
  readonly milliseconds: number;
}

// V8 enlarges its young generation step by step, up to 16 MiB a half, for as long as there is garbage to collect: held
// at 1 MiB here, because that is V8's growth and would hide ours. Everything else of the process counts.
const nodeOptions = ['--expose-gc', '--max-semi-space-size=1'];

it.skipIf(isSanitized).each(['listener', 'fetch'])(
  '20 000 requests to HTTP workers by scope.%s leave the process as large as it was',
  // The same traffic to node:http without PHP moves RSS by -0.6 to +1.6 MiB, so one run in many is too much by chance. A
  // leak is not chance: 105 bytes a request fail every time.
  { retry: 2, timeout: 60_000 },
  async (entrance) => {
    const end = await run('memory.mjs', [fixture('memory'), '2000', '20000', entrance], { nodeOptions, bound: 60_000 });
    expect(end, end.stderr).toMatchObject({ code: 0 });
    const { first, last, wrong, milliseconds } = JSON.parse(end.stdout) as Report;
    const mib = (bytes: number) => (bytes / MIB).toFixed(2);
    console.log(
      `scope.${entrance}: RSS ${mib(first.rss)} MiB after 2 000 requests, ${mib(last.rss)} MiB after 20 000 more ` +
        `(${mib(last.rss - first.rss)}; V8's heap ${mib(last.heapTotal - first.heapTotal)}), in ${milliseconds} ms`,
    );
    expect(wrong).toBe(0);
    expect(last.php).toBe(first.php);
    expect(last.rss - first.rss).toBeLessThan(2 * MIB);
  },
);
