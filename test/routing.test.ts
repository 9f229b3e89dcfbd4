import { describe, expect, it } from 'vitest';
import { cachedCheck, Router } from '../lib/http/routing.js';

const files = new Set(
  [
    '/index.php',
    '/app.php',
    '/Upper.PHP',
    '/admin/index.php',
    '/a b/index.php',
    '/.hidden/x.php',
    '/.well-known/x.php',
    '/x.phpinfo/y.php',
    '/picture.png',
    '/.well-known/note',
    '/.hidden/note',
    '/ü.php',
  ].map((name) => `/srv${name}`),
);
const router = (options = {}) =>
  new Router(
    { root: '/srv', index: ['index.php'], splitPath: ['.php'], staticFiles: true, workers: [], ...options },
    (path) => files.has(path),
  );

function route(target: string, options = {}) {
  const found = router(options).route(target);
  if (found.kind === 'script') return `${found.scriptName}|${found.pathInfo}`;
  return `${found.kind} ${found.kind === 'file' ? found.path : found.location}`.trim();
}

describe('W02 routing', () => {
  it.each([
    ['/', '/index.php|'],
    ['/app.php', '/app.php|'],
    ['/app.php?x=/other.php', '/app.php|'],
    ['/app.php/deep/er', '/app.php|/deep/er'],
    ['/app.php/', '/app.php|/'],
    ['/app.php/x.php/y', '/app.php|/x.php/y'],
    ['/Upper.PHP/x', '/Upper.PHP|/x'],
    ['/admin/', '/admin/index.php|'],
    ['/a%20b/', '/a b/index.php|'],
    ['/%C3%BC.php', '/ü.php|'],
    ['/\xc3\xbc.php', '/ü.php|'],
    ['http://host:81/app.php/x?y', '/app.php|/x'],
  ])('takes the script that %s names', (target, expected) => {
    expect(route(target)).toBe(expected);
  });

  it.each([
    ['/missing.php'],
    ['/missing.php/info'],
    ['/some/page'],
    ['/app.phpx'],
    ['/x.phpinfo/'],
    ['*'],
    ['http://host'],
    ['/%ff.php'],
    ['/\xff.php'],
    ['/app.PHP%E2%84%AA'],
  ])('sends %s to the front controller', (target) => {
    expect(route(target)).toBe('/index.php|');
  });

  it.each([
    ['/picture.png', 'file /picture.png'],
    ['/picture.png?v=1', 'file /picture.png'],
    ['/admin/../picture.png', 'file /picture.png'],
    ['/picture.png/', '/index.php|'],
    ['/picture.png/more', '/index.php|'],
    ['/.well-known/note', 'file /.well-known/note'],
    ['/.hidden/note', '/index.php|'],
  ])('sends a file that is no script: %s', (target, expected) => {
    expect(route(target)).toBe(expected);
  });

  it('never sends the source of a script, whatever splitPath says', () => {
    const options = { splitPath: ['.phtml'], index: ['none.phtml'] };
    for (const target of ['/app.php', '/Upper.PHP', '/app.php/', '/app%2ephp', '/app.php/x'])
      expect(route(target, options)).toBe('notFound');
  });

  it('sends no file with staticFiles off', () => {
    expect(route('/picture.png', { staticFiles: false })).toBe('/index.php|');
  });

  it('sends what a worker claims with match to that worker, whatever files there are', () => {
    const workers = [
      { file: '/elsewhere/api.php', index: 3, match: ['/api/*', '*.json', '/a*b/x', '/exact'] },
      { file: '/srv/app.php', index: 4, match: ['/api/late'] },
    ];
    const worker = (target: string) => {
      const found = router({ workers }).route(target);
      return found.kind === 'script' ? [found.worker, found.scriptName, found.scriptFilename] : found.kind;
    };
    const api = [3, '/api.php', '/elsewhere/api.php'];
    for (const target of ['/api/', '/API/x/y.png', '/x/y.json', '/axxb/x', '/exact', '/api/late', '/x/%2e./api/z'])
      expect([target, worker(target)]).toEqual([target, api]);
    for (const target of ['/api', '/a/b/x', '/exact/', '/x/api/'])
      expect([target, worker(target)]).toEqual([target, [-1, '/index.php', '/srv/index.php']]);
    expect(worker('/picture.png')).toBe('file');
    expect(worker('/app.php')).toEqual([4, '/app.php', '/srv/app.php']);
  });

  it('redirects a directory to its name with a slash, query kept', () => {
    expect(route('/admin')).toBe('redirect /admin/');
    expect(route('/a%20b?q=1')).toBe('redirect /a%20b/?q=1');
    expect(route('//evil.example/..//admin')).toBe('redirect /admin/');
  });

  it.each([
    ['/../../etc/app.php', '/index.php|'],
    ['/..%2f..%2fsrv/app.php', '/index.php|'],
    ['/admin/../app.php', '/app.php|'],
    ['/admin/%2e%2e/app.php', '/app.php|'],
    ['//app.php', '/app.php|'],
    ['/./app.php', '/app.php|'],
  ])('never leaves the root: %s', (target, expected) => {
    expect(route(target)).toBe(expected);
  });

  it('refuses a NUL byte', () => {
    expect(route('/app.php%00.png')).toBe('badRequest');
  });

  it('hides dot files, but for /.well-known/', () => {
    expect(route('/.hidden/x.php')).toBe('/index.php|');
    expect(route('/.well-known/x.php')).toBe('/.well-known/x.php|');
    expect(route('/.well-known/.x.php')).toBe('/index.php|');
  });

  it('answers 404 when there is no front controller', () => {
    expect(route('/some/page', { index: ['none.php'] })).toBe('notFound');
  });

  it('never takes an index file that is no script', () => {
    expect(route('/', { index: ['picture.png', 'app.php'] })).toBe('/app.php|');
  });

  it('splits at any of several endings', () => {
    files.add('/srv/old.phtml');
    expect(route('/old.phtml/x', { splitPath: ['.php', '.phtml'] })).toBe('/old.phtml|/x');
  });

  it('sends a script that is an HTTP worker to that worker, the first declared', () => {
    const workers = [
      { file: '/srv/index.php', index: 1, match: [] },
      { file: '/srv/index.php', index: 2, match: [] },
    ];
    expect(router({ workers }).route('/page')).toMatchObject({ scriptFilename: '/srv/index.php', worker: 1 });
    expect(router({ workers }).route('/app.php')).toMatchObject({ worker: -1 });
  });

  it('asks the disk once a second', () => {
    let time = 0;
    let asked = 0;
    const check = cachedCheck(
      () => ++asked > 1,
      () => time,
    );
    expect([check('/a'), check('/a')]).toEqual([false, false]);
    time = 1000;
    expect([check('/a'), check('/a')]).toEqual([true, true]);
    expect(asked).toBe(2);
  });
});
