/** How the programs end: a fault that the operator can correct shows what to do, a bug its stack. */

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78

/** The message says what is wrong and how to correct it. */
export class OperatorError extends Error {
  /** The exit code of the BFF's process. */
  readonly exitCode: number = 1
}

/** The configuration, a package or the database file must be mended first: starting again is no use. */
export class SetupError extends OperatorError {
  override readonly exitCode = EXIT_CONFIG
}

/** The text to show of an error that ends a program. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof OperatorError ? error.message : (error.stack ?? error.message)
}
