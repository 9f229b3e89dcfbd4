// What the project promises of these figures, judged from one run. Every line is a ratio of medians of that run, or a
// figure with a limit of its own.
import { PAYLOADS } from '../common/payloads.mjs';
import { mebibytes } from './report.mjs';

const OURS = 'php-sidekick';
const CALL = 'empty internal call';

/** [{line, measured, limit, ok}]; `ok` is undefined when something it needs was not measured. */
export function judge(samples) {
  const verdicts = [];
  const get = (section, row, column) => samples.get(section, row, column)?.median;
  const best = (section, rows, column) => {
    const all = rows.map((row) => get(section, row, column)).filter((value) => value !== undefined);
    return all.length === 0 ? undefined : Math.min(...all);
  };
  const ratio = (line, value, of, limit, atLeast = false) => {
    if (value === undefined || of === undefined) verdicts.push({ line, measured: 'not measured' });
    else {
      const measured = value / of;
      const ok = atLeast ? measured >= limit : measured <= limit;
      verdicts.push({ line, measured: `${measured.toFixed(2)}×`, limit: `${atLeast ? '≥' : '≤'} ${limit}×`, ok });
    }
  };
  const apcu = samples.rows('publish').filter((row) => row.startsWith('APCu'));
  for (const p of Object.keys(PAYLOADS)) {
    const read = get('unchanged', OURS, p);
    ratio(`${p} read unchanged, of the empty internal call`, read, get('unchanged', CALL, p), 2);
    ratio(`${p} read unchanged, of opcache include`, read, get('unchanged', 'opcache include', p), 0.5);
    // One call alone is timed in cold caches, so it is held against a call that does nothing there: 2 × 3 of that.
    ratio(`${p} first read in a request, of a first empty call`, get('first', OURS, p), get('first', CALL, p), 6);
  }
  for (const p of Object.keys(PAYLOADS)) {
    const column = samples.columns('names').find((name) => name.startsWith(p));
    // Of the same loop when it has been through once, and of one name read again and again, which no loop over many
    // names can be as fast as.
    for (const [what, of] of [
      ['that loop again', get('names', 'again in that request', column)],
      ['one name read unchanged', get('unchanged', OURS, p)],
    ]) {
      ratio(
        `${p} loop over many names, first in a request, of ${what}`,
        get('names', 'first in a request', column),
        of,
        3,
      );
      ratio(`${p} loop over many names, just published, of ${what}`, get('names', 'just published', column), of, 3);
    }
  }
  for (const p of ['p1', 'p2']) {
    for (const writer of ['', ' + writer']) {
      const [one, two] = [`${p}, 1 reader${writer}`, `${p}, 2 readers${writer}`];
      ratio(
        `${p} reads per CPU second, two readers of one${writer}`,
        get('scaling', OURS, two),
        get('scaling', OURS, one),
        0.95,
        true,
      );
    }
  }
  for (const p of Object.keys(PAYLOADS)) {
    ratio(
      `${p} publish, of the better of APCu and a deep copy`,
      get('publish', OURS, p),
      best('publish', [...apcu, 'deep persistent copy'], p),
      1.5,
    );
  }
  const fresh = get('republish', 'a fresh value', 'p2');
  ratio(
    'p2 with one leaf changed, the rest read, of a fresh publish',
    get('republish', 'one leaf changed, the rest read', 'p2'),
    fresh,
    0.25,
  );
  ratio(
    'p2 with one leaf changed, decoded anew, of a fresh publish',
    get('republish', 'one leaf changed, the rest decoded anew', 'p2'),
    fresh,
    0.7,
  );
  const held = get('holders', OURS, 'RSS per reader');
  verdicts.push({
    line: 'RSS per further reader of p3',
    measured: held === undefined ? 'not measured' : mebibytes(held),
    limit: '< 0.1 MiB',
    ok: held === undefined ? undefined : held < 0.1 * 2 ** 20,
  });
  for (const p of Object.keys(PAYLOADS)) {
    const time = get('js unchanged', OURS, p);
    verdicts.push({
      line: `${p} JavaScript reads unchanged`,
      measured: time === undefined ? 'not measured' : `${time.toFixed(1)} ns`,
      limit: '≤ 15 ns',
      ok: time === undefined ? undefined : time <= 15,
    });
  }
  ratio(
    'p2 JavaScript reads changed, every leaf, of build and freeze',
    get('js changed', OURS, 'p2'),
    get('js changed', 'build and freeze in JavaScript', 'p2'),
    1.5,
  );
  return verdicts;
}
