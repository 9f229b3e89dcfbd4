import { proveWrites } from './support/shared-writes.js';

proveWrites('under the JIT', { 'opcache.jit': 'tracing', 'opcache.jit_buffer_size': '64M', 'opcache.jit_hot_func': 2 });
