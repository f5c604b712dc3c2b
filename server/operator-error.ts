/** Errors that end a program: a fault that the operator can fix shows what to do, a bug shows its stack. */

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78

/** The message says what is wrong and how to correct it. */
export class OperatorError extends Error {
  /** The exit code of the BFF's process. */
  readonly exitCode: number = 1
}

/** The operator must fix the configuration, a package or the database file; a restart alone does not help. */
export class SetupError extends OperatorError {
  override readonly exitCode = EXIT_CONFIG
}

/** The text to show for an error that ends a program. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof OperatorError ? error.message : (error.stack ?? error.message)
}
