// One burst of load on one page, from a process of its own: wrk where it is installed, else autocannon.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

// wrk tells its results through this script, exactly; its printed ones are rounded.
const DONE = `
function done(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;

export class Load {
  #wrk;
  #autocannon;
  #scripts;

  /** `wrk`: its path; else autocannon's folder. `folder`: where scripts go. */
  constructor(wrk, autocannon, folder) {
    this.#wrk = wrk;
    this.#autocannon = autocannon;
    this.#scripts = { GET: `${folder}/get.lua`, POST: `${folder}/post.lua` };
    if (wrk === undefined) return;
    writeFileSync(this.#scripts.GET, DONE);
    const post = `wrk.method = 'POST'\nwrk.body = string.rep('x', ${UPLOAD_BYTES})\nwrk.headers['Content-Type'] = 'application/octet-stream'\n`;
    writeFileSync(this.#scripts.POST, post + DONE);
  }

  get name() {
    return this.#wrk === undefined ? 'autocannon' : 'wrk';
  }

  /** {requests, seconds, p50, p99 (milliseconds), errors} of `seconds` on `url`. */
  async burst(url, { seconds, connections, method }) {
    return this.#wrk === undefined
      ? this.#autocannonBurst(url, seconds, connections, method)
      : this.#wrkBurst(url, seconds, connections, method);
  }

  async #wrkBurst(url, seconds, connections, method) {
    const args = [
      '-t',
      '1',
      '-c',
      connections,
      '-d',
      `${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      this.#scripts[method],
      url,
    ];
    const { stderr } = await run(this.#wrk, args.map(String));
    const { requests, microseconds, p50, p99, errors } = JSON.parse(stderr);
    return { requests, seconds: microseconds / 1e6, p50: p50 / 1000, p99: p99 / 1000, errors };
  }

  async #autocannonBurst(url, seconds, connections, method) {
    const args = [`${this.#autocannon}/autocannon.js`, '--json', '-c', connections, '-d', seconds, '-m', method];
    if (method === 'POST') args.push('-b', 'x'.repeat(UPLOAD_BYTES).slice(0, 100_000));
    const { stdout } = await run(process.execPath, [...args, url].map(String), { maxBuffer: 1 << 26 });
    const { requests, duration, latency, errors, non2xx } = JSON.parse(stdout);
    return { requests: requests.total, seconds: duration, p50: latency.p50, p99: latency.p99, errors: errors + non2xx };
  }
}

export const UPLOAD_BYTES = 1 << 20;
