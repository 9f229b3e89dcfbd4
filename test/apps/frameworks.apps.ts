import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime, type Scope } from '../../lib/index.js';
import { Front } from '../support/http.js';
import { Lines } from '../support/loggers.js';
import { fixture } from '../support/modes.js';
import { have, unpacked } from './support.js';

const lines = new Lines();
let php: Runtime;
beforeAll(async () => {
  // These packages are older than PHP 8.4.
  const ini = {
    include_path: unpacked('usr/share/php'),
    display_errors: 1,
    html_errors: 0,
    error_reporting: 'E_ALL & ~E_DEPRECATED',
  };
  php = await Runtime.start({ threads: 1, ini, logger: lines });
});
afterAll(() => php.stop());

async function open(name: string): Promise<{ app: Scope; front: Front; close: () => Promise<void> }> {
  const root = fixture(`apps/${name}`);
  const app = await php.createScope({ name, root, workers: [{ file: `${root}/worker.php`, num: 2, match: '/*' }] });
  const front = await Front.listen(app.listener);
  return {
    app,
    front,
    async close() {
      await front.close();
      await app.close();
    },
  };
}

describe.skipIf(!have('usr/share/php/Symfony/Component/HttpKernel/autoload.php'))(
  "Symfony's HttpKernel in worker mode",
  () => {
    let site: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      site = await open('symfony');
    });
    afterAll(() => site.close());
    const get = (path: string, init?: RequestInit) => fetch(site.front.origin + path, init);

    it('routes requests, and keeps its services between them', async () => {
      const numbers = new Set<string>();
      for (let time = 0; time < 20; time++) {
        const response = await get(`/hello/n${time}?x=1`);
        const text = await response.text();
        expect(text).toMatch(new RegExp(`^Hello n${time}, number \\d+$`));
        expect(response.headers.getSetCookie()[0]).toMatch(/^seen=\d+;/);
        numbers.add(text.split(' ').at(-1)!);
      }
      expect(numbers.size).toBeGreaterThan(9);
      await expect.poll(() => lines.of('terminated /hello/n19').length).toBe(1);
    });

    it('takes forms, cookies and files', async () => {
      const body = new FormData();
      body.append('a', 'b');
      body.append('file', new File(['x'.repeat(100_000)], 'x.txt'));
      const response = await get('/form', { method: 'POST', body, headers: { Cookie: 'a=1' } });
      expect(await response.json()).toEqual({
        post: { a: 'b' },
        cookie: '1',
        file: ['x.txt', 100_000, true],
        ip: '127.0.0.1',
        uri: `${site.front.origin}/form`,
      });
    });

    it('streams, and answers errors', async () => {
      expect(await (await get('/stream')).text()).toBe('part 1\npart 2\npart 3\npart 4\npart 5\n');
      const failed = await get('/fail');
      expect([failed.status, await failed.text()]).toEqual([500, 'a controller failed']);
      expect((await get('/nowhere')).status).toBe(404);
    });

    it('serves 2000 requests on 16 connections, and its workers neither crash nor grow', async () => {
      const memory = () => php.status().threads.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
      const ask = async (count: number) => {
        for (let at = 0; at < count; at += 16) {
          const all = await Promise.all(Array.from({ length: 16 }, (_, each) => get(`/hello/${at + each}`)));
          for (const response of all)
            expect([response.status, (await response.text()).startsWith('Hello ')]).toEqual([200, true]);
        }
      };
      await ask(400);
      const before = memory();
      await ask(2000);
      expect(memory() - before).toBeLessThan(1 << 20);
      const workers = php.status().threads.filter(({ scope }) => scope === 'symfony');
      expect(workers.map(({ generation }) => generation)).toEqual([1, 1]);
    });
  },
);

describe.skipIf(!have('usr/share/php/Illuminate/Routing/autoload.php', 'usr/share/php/Illuminate/Events/autoload.php'))(
  "Laravel's router and container in worker mode",
  () => {
    let site: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      site = await open('illuminate');
    });
    afterAll(() => site.close());

    it('routes requests, and keeps its singletons between them', async () => {
      const answers = [];
      for (let time = 0; time < 10; time++) answers.push(await (await fetch(`${site.front.origin}/hello/you`)).text());
      expect(answers.every((text) => /^Hello you, number \d+$/.test(text))).toBe(true);
      expect(new Set(answers).size).toBeGreaterThan(4);
      const body = new URLSearchParams({ a: '1', 'b[]': '2' });
      expect(await (await fetch(`${site.front.origin}/form?c=3`, { method: 'POST', body })).json()).toEqual({
        a: '1',
        b: ['2'],
        c: '3',
      });
      expect(await (await fetch(`${site.front.origin}/fail`)).text()).toContain('a route failed');
      expect(await (await fetch(`${site.front.origin}/hello/again`)).text()).toMatch(/^Hello again/);
    });
  },
);

it('the page of phpinfo() says what runs it', async () => {
  const app = await php.createScope({ name: 'phpinfo', root: fixture('apps/phpinfo') });
  const response = await app.fetch(new Request('http://localhost/'));
  const page = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(page).toContain(`PHP Version ${php.phpVersion}`);
  expect(page).toMatch(/Server API.*php-sidekick/s);
  expect(page).toContain('Zend OPcache');
  await app.close();
});
