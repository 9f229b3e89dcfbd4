// All options, filled and checked before anything native sees them; each part is in options/.
export { type IniValue, normalizeRuntime, type RuntimeOptions } from './options/runtime.js';
export { normalizeScope, type ScopeOptions } from './options/scope.js';
export type { WorkerOptions } from './options/worker.js';
