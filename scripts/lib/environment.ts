/** The environment of the commands: the shell's variables override those of .env. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** @returns the variables of the folder's .env, or of another file; none when there is no such file. */
export function readEnvFile(root: string, name = '.env'): NodeJS.Dict<string> {
  const file = join(root, name)
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
}

/** A variable of the shell overrides the one in .env. */
export function readEnvironment(root: string): NodeJS.ProcessEnv {
  return { ...readEnvFile(root), ...process.env }
}
