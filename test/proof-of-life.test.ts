import { expect, it } from 'vitest';
import { holderNames, proveLife } from './support/proof-of-life.js';

it('V18 every holder that the contract names is there', () => {
  expect(holderNames()).toEqual(
    expect.arrayContaining([
      'fiber',
      'generator',
      'static',
      'global',
      'object freed at shutdown',
      'output callback',
      'shutdown function',
      'destructor',
      'session handler',
      'exception trace',
      'ini_set',
      'define',
      'stream context',
      'closure',
      'regex',
      'include path',
      'include through a symlink',
      'persistent connection',
      'after frankenphp_finish_request()',
    ]),
  );
});

proveLife('as in production');
