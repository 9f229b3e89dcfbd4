// What lib/cli.ts needs of a command.

/** One command of `php-sidekick`. */
export interface Command {
  /** Its name and arguments, as the usage shows them. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Does it with the arguments after its name; resolves with the exit code (2: the arguments are wrong). */
  run(args: readonly string[]): Promise<number>;
}
