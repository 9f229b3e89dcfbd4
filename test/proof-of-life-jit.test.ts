import { proveLife } from './support/proof-of-life.js';

process.env['PHP_SIDEKICK_GUARD_SNAPSHOTS'] = '1'; // native/core/block.h
// Compiled as soon as a function has run, so that what the JIT puts into its code is among what keeps vars.
proveLife('under the JIT, with every released snapshot out of reach', {
  'opcache.jit': 'tracing',
  'opcache.jit_buffer_size': '64M',
  'opcache.jit_hot_func': 2,
  'opcache.jit_hot_loop': 2,
  'opcache.jit_hot_return': 1,
  'opcache.jit_hot_side_exit': 1,
});
