/** An error that the user can correct: the message says how, and no stack is shown. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** @returns the code of Node, of a driver or of SQLite that an error carries; '' when it has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** For a file or folder that could not be written: names it, the reason, and what to do. */
export function unwritable(path: string, error: unknown): UserError {
  const code = codeOf(error)
  const cure =
    code === 'ENOSPC'
      ? 'The disk is full: make room.'
      : 'Let your user write there (chown or chmod), or use another folder.'
  return new UserError(`${path} can't be written (${code || String(error)}). ${cure}`, {
    cause: error,
  })
}

/** For a file that could not be read: says which, why, and what to do. */
export function unreadable(path: string, error: unknown): UserError {
  const code = codeOf(error)
  const cures: Record<string, string> = {
    EISDIR: 'It is a folder: move it away.',
    ENOENT: 'There is no such file: check the path, or restore it (git checkout).',
  }
  const cure = cures[code] ?? 'Let your user read it (chown or chmod).'
  return new UserError(`${path} can't be read (${code || String(error)}). ${cure}`, {
    cause: error,
  })
}

/** Prints the error that ended a command, and sets exit code 1. */
export function reportFailure(error: unknown): void {
  console.error(error instanceof UserError ? error.message : error)
  process.exitCode = 1
}
