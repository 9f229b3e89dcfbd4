import { proveWrites } from './support/shared-writes.js';

proveWrites('as in production');
