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
    '/ü.php',
  ].map((name) => `/srv${name}`),
);
const router = (options = {}) =>
  new Router({ root: '/srv', index: ['index.php'], splitPath: ['.php'], workers: [], ...options }, (path) =>
    files.has(path),
  );

function route(target: string, options = {}) {
  const found = router(options).route(target);
  return found.kind === 'script' ? `${found.scriptName}|${found.pathInfo}` : `${found.kind} ${found.location}`.trim();
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
    ['http://host:81/app.php/x?y', '/app.php|/x'],
  ])('takes the script that %s names', (target, expected) => {
    expect(route(target)).toBe(expected);
  });

  it.each([
    ['/missing.php'],
    ['/missing.php/info'],
    ['/some/page'],
    ['/picture.png'],
    ['/app.phpx'],
    ['/x.phpinfo/'],
    ['*'],
    ['http://host'],
    ['/%ff.php'],
    ['/app.PHP%E2%84%AA'],
  ])('sends %s to the front controller', (target) => {
    expect(route(target)).toBe('/index.php|');
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
      { file: '/srv/index.php', index: 1 },
      { file: '/srv/index.php', index: 2 },
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
