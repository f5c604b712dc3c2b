/** The command line of a tool. */
import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'
import { UserError } from './user-error'

/** @throws UserError with the usage when an argument is unknown or lacks its value. */
export function parseCommand<const T extends NonNullable<ParseArgsConfig['options']>>(
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`${reason}\n${usage}`, { cause: error })
  }
}
