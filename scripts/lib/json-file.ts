/** A JSON file of the project, which a person may have broken. */
import { readFileSync } from 'node:fs'
import { unreadable, UserError } from './user-error'

/** @throws UserError when the file can't be read, or is no JSON. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw unreadable(file, error)
    throw new UserError(
      `${file} is no valid JSON: ${error.message}. Mend it, or take it from git.`,
      { cause: error },
    )
  }
}
