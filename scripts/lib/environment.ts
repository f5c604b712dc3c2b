/** The environment of the commands: the shell's variables override those of .env. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { unreadable } from './user-error'

/**
 * @returns the variables of the folder's .env, or of another file; none when there is no such file.
 * @throws UserError when it can't be read.
 */
export function readEnvFile(root: string, name = '.env'): NodeJS.Dict<string> {
  const file = join(root, name)
  if (!existsSync(file)) return {}
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** A variable of the shell overrides the one in .env. */
export function readEnvironment(root: string): NodeJS.ProcessEnv {
  return { ...readEnvFile(root), ...process.env }
}
