/** The environment of the commands: the shell's variables override those of .env. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { unreadable, UserError } from './user-error'

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

/**
 * @returns the text of the folder's .env, or of another file; '' when there is no such file. The BOM
 * that Windows Notepad writes is left out, because it would be part of the first name.
 * @throws UserError when it can't be read, or is UTF-16, as PowerShell's `>` writes it.
 */
export function readEnvText(root: string, name = '.env'): string {
  const file = join(root, name)
  if (!existsSync(file)) return ''
  const text = readText(file)
  if (text.includes('\0')) throw new UserError(`${file} is not UTF-8: save it as UTF-8.`)
  return text.replace(/^\uFEFF/, '')
}

/** @returns the variables of that file. Throws as readEnvText does. */
export function readEnvFile(root: string, name = '.env'): NodeJS.Dict<string> {
  return parseEnv(readEnvText(root, name))
}

/** A variable of the shell overrides the one in .env. */
export function readEnvironment(root: string): NodeJS.ProcessEnv {
  return { ...readEnvFile(root), ...process.env }
}
