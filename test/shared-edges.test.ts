import { afterAll, beforeAll, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { fixture } from './support/modes.js';

let php: Runtime;
let app: Scope;

beforeAll(async () => {
  php = await Runtime.start({ threads: 1, logger: silence });
  const root = fixture('shared-edges');
  const worker = { file: `${root}/worker.php`, background: true, num: 1 };
  const workers = ['enum', 'layouts', 'plain'].map((name) => ({ ...worker, name }));
  app = await php.createScope({ name: 'edges', root, workers });
});
afterAll(() => php.stop());

const ask = async (script: string) => (await app.fetch(new Request(`http://localhost/${script}.php`))).json();

it('V05 a value that is laid out in another way is the same value; one of another type is not', async () => {
  const layouts = app.vars<{ readonly x: number }>('layouts');
  for await (const _ of layouts) if (layouts.version >= 2) break;
  expect(layouts.version).toBe(2);
});

it('V08 names are those of the call, whatever an autoloader does to its references', async () => {
  expect(await ask('changes-names')).toEqual([['enum', 'plain'], true, 'plain', 12345]);
});

it('V15 a missing enum is a LogicException naming it, as often as it is read', async () => {
  expect(await ask('missing-enum')).toEqual([1000, expect.stringContaining('Suit')]);
});
