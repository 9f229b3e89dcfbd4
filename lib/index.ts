// What `import … from 'php-sidekick'` gives; the rest of lib/ is nobody's business outside.
export type { OpcacheStatus, PoolStatus, RuntimeStatus, TaskStatus, ThreadStatus } from './binding.js';
export type { ServeConfig } from './cli/serve/config.js';
export { ERROR_CODES, type LastError, SidekickError, type SidekickErrorCode } from './errors.js';
export type { Listener } from './http/listener.js';
export type { LogFields, Logger } from './logger.js';
export type { RunOptions } from './options/script.js';
export type { IniValue, RuntimeOptions, ScopeOptions, WorkerOptions } from './options.js';
export { Runtime } from './runtime.js';
export type { RestartOptions, Scope, ScopeEvents, WorkerLife } from './scope.js';
export type { ScriptResult, ScriptRun } from './script.js';
export type { SentTask } from './tasks/sent.js';
export type { TaskContext, TaskHandler, TaskServer } from './tasks/served.js';
export { EnumCase, type PhpInput, type PhpKey, type PhpValue, type PublishableVars } from './vars/values.js';
export type { Vars, WaitOptions } from './vars.js';
