import { beforeAll, expect, it } from 'vitest';
import { type ChildEnd, run } from './support/child.js';
import { fixture } from './support/modes.js';

interface Report {
  readonly lines: readonly (readonly [worker: string, message: string])[];
  readonly answers: Readonly<Record<string, unknown>>;
}

let end: ChildEnd;
let report: Report;
beforeAll(async () => {
  end = await run('standard-streams.mjs', [fixture('standard-streams')]);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  report = JSON.parse(end.stdout) as Report; // which it is not, if a script's output came in between
});

const saidBy = (worker: string) => report.lines.filter(([who]) => who === worker).map(([, message]) => message);
const everywhere = ['out one', 'out two', 'error one', 'error two', 'out unfinished'];

it('L07 php://stdout and php://stderr go to the log, line by line, labelled with the worker', () => {
  expect(saidBy('classic')).toEqual(everywhere);
  expect(saidBy('http')).toEqual(['worker boots', ...everywhere]);
  expect(saidBy('background')).toEqual(expect.arrayContaining(everywhere));
});

it('L07 so do STDOUT and STDERR, and what a script prints; a line stays whole', () => {
  const said = saidBy('background').filter((line) => !everywhere.includes(line));
  expect(said).toEqual(['constant error', 'constant out', 'echo one, echo two', 'unfinished at the end']);
});

it("L07 nothing is written to Node's descriptors, nor read from them", () => {
  expect(end.stderr).toBe('');
  for (const answer of Object.values(report.answers)) {
    expect(answer).toMatchObject({ stdin: '', tty: false, memory: 3, type: 'PHP' });
  }
  expect(report.answers['background']).toMatchObject({ constant: '' });
});
