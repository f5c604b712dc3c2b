/** The environment of the tools: .env with what the shell sets in front of it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** @returns the variables of the folder's .env, or of another file; none when there is no such file. */
export function readEnvFile(root: string, name = '.env'): NodeJS.Dict<string> {
  const file = join(root, name)
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
}

/** What the shell sets goes before what .env says. */
export function readEnvironment(root: string): NodeJS.ProcessEnv {
  return { ...readEnvFile(root), ...process.env }
}
