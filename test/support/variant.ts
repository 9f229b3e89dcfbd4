/** Whether the build under test is a sanitizer's: its runtime has memory and symbol bindings of its own. */
export const isSanitized = process.env['PHP_SIDEKICK_PREBUILD'] !== undefined;
