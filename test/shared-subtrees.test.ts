// What two consecutive snapshots have in common is held once; nobody can tell, but by what it costs.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../lib/index.js';
import { silence } from './support/loggers.js';
import { ask, fixture, modes } from './support/modes.js';
import { Remote } from './support/remote.js';

const root = fixture('shared-subtrees');
let remote: Remote;
let php: Runtime;
let app: Scope;

beforeAll(async () => {
  remote = await Remote.listen();
  php = await Runtime.start({ threads: 2, logger: silence });
  app = await php.createScope({
    name: 'shared-subtrees',
    root,
    workers: [
      { file: join(root, 'worker.php'), num: 2 },
      { file: join(root, 'publisher.php'), background: true, name: 'told', num: 1, env: { REMOTE: remote.path } },
    ],
  });
});
afterAll(async () => {
  await php.stop();
  await remote.close();
});

async function tell(command: string, ...args: unknown[]): Promise<unknown> {
  const answer = await remote.call('told', command, ...args);
  if (answer === undefined || answer.error !== undefined) throw new Error(`${command}: ${JSON.stringify(answer)}`);
  return answer.result;
}

const currentBytes = () => php.status().vars.currentBytes;

describe('republishing with one leaf changed', () => {
  it.each(['change what was read', 'change what was made anew'])('%s: costs little more memory', async (command) => {
    await tell('tree');
    const whole = currentBytes();
    await tell(command, 'group3', 'section4', 'flag345');
    expect(currentBytes() - whole).toBeGreaterThan(0);
    expect(currentBytes() - whole).toBeLessThan(whole / 10);
    expect(app.vars('told').current).toMatchObject({ group3: { section4: { flag344: 'value of 344' } } });
  });

  it.each(['change what was read', 'change what was made anew'])(
    '%s: never holds more than twice what is needed',
    async (command) => {
      await tell('tree');
      const whole = currentBytes();
      for (let flag = 0; flag < 1000; flag += 7) {
        await tell(command, `group${Math.floor(flag / 100)}`, `section${Math.floor(flag / 10) % 10}`, `flag${flag}`);
        expect(currentBytes()).toBeLessThan(2.2 * whole);
      }
    },
  );

  it('V05 the same made anew is no new version', async () => {
    await tell('tree');
    const { version, current } = app.vars('told');
    await tell('the same anew');
    expect(app.vars('told').version).toBe(version);
    await tell('change what was read', 'group0', 'section0', 'flag0');
    await tell('the same anew');
    expect(app.vars('told').version).toBe(version + 1);
    expect(app.vars('told').current).not.toBe(current);
  });

  it('V05 equal subtrees that change places are no new version', async () => {
    await tell('tree');
    const { version } = app.vars('told');
    await tell('swap equals');
    expect(app.vars('told').version).toBe(version + 1);
  });

  it('V06 a subtree that was read counts with all its levels', async () => {
    await tell('tree');
    await tell('deepen', 253);
    await expect(tell('deepen', 254)).rejects.toThrow('256');
    await tell('tree');
  });
});

describe.each(modes)('V03 V12 %s', (mode) => {
  it('random changes: every version is what was published, and stays so while it is held', async () => {
    await tell('tree');
    const readers = [0, 1].map(() => ask<{ wrong: number; seen: number }>(app, mode, { do: 'check', seconds: '2' }));
    const seed = Date.now() % 1_000_000;
    await expect(tell('random', seed, 400)).resolves.toBe(400);
    await expect(tell('random', seed + 1, 400)).resolves.toBe(400);
    for (const reader of readers) {
      const { wrong, seen } = await reader;
      expect(wrong).toBe(0);
      expect(seen).toBeGreaterThan(5);
    }
    await tell('tree');
  });
});
