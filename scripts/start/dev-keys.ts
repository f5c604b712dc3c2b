/**
 * Keys for development: made once, kept in data/keys.env (git-ignored, readable by its owner only).
 * With NODE_ENV=production no keys are made: they must come from the environment.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseEnv } from 'node:util'
import { unwritable, UserError } from '../lib/user-error'

const OWNER_ONLY = 0o600

const NAMES = ['JWT_SECRETS', 'DATA_KEYS']

/** Writes to a temporary file and renames it, so that a full disk leaves no file without keys. */
function makeKeys(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const text = [
    '# Made by npm start for this computer. When the file is deleted, everyone has to log in anew, and',
    '# saved phone numbers can no longer be read.',
    `JWT_SECRETS=dev:${randomBytes(48).toString('base64url')}`,
    `DATA_KEYS=dev:${randomBytes(32).toString('base64')}`,
    '',
  ].join('\n')
  const draft = `${file}.new`
  writeFileSync(draft, text, { mode: OWNER_ONLY })
  renameSync(draft, file)
}

function readKeys(file: string): NodeJS.Dict<string> {
  try {
    if (!existsSync(file)) makeKeys(file)
    chmodSync(file, OWNER_ONLY)
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    throw unwritable(file, error)
  }
}

/**
 * @returns JWT_SECRETS and DATA_KEYS as environment variables.
 * @throws UserError when the file is another user's, can't be made, or lacks a key.
 */
export function readDevKeys(file: string): NodeJS.Dict<string> {
  const keys = readKeys(file)
  const missing = NAMES.filter((name) => (keys[name] ?? '') === '')
  if (missing.length === 0) return keys
  throw new UserError(
    `${file} lacks ${missing.join(' and ')}. Restore the file, or delete it: the next start makes a new ` +
      'one, then everyone has to log in anew, and saved phone numbers can no longer be read.',
  )
}
