/** The command line of a tool. */
import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'
import { UserError } from './user-error'

interface Rules {
  /** The most positional arguments; 0 by default. */
  maxWords?: number
  /** An argument may be a secret, so error messages repeat none. */
  isSecret?: boolean
}

/**
 * @returns the options, and the other words.
 * @throws UserError with the usage when an argument is unknown, too many or lacks its value.
 */
export function parseCommand<const T extends NonNullable<ParseArgsConfig['options']>>(
  options: T,
  usage: string,
  { maxWords = 0, isSecret = false }: Rules = {},
) {
  try {
    const { values, positionals: words } = parseArgs({ options, allowPositionals: maxWords > 0 })
    if (words.length > maxWords) throw new Error(`Unexpected argument '${words[maxWords]}'.`)
    return { ...values, words }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`${isSecret ? 'Unknown arguments. Usage:' : reason}\n${usage}`, {
      cause: error,
    })
  }
}
