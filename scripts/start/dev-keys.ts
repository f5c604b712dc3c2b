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

/** Where `npm start` keeps them, from the project's folder. */
export const DEV_KEYS = 'data/keys.env'
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

/**
 * @returns JWT_SECRETS and DATA_KEYS as environment variables.
 * @throws UserError when the file is another user's, or can't be made.
 */
export function readDevKeys(file: string): NodeJS.Dict<string> {
  try {
    if (!existsSync(file)) makeKeys(file)
    chmodSync(file, OWNER_ONLY)
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** @throws UserError when a key is neither in the file nor in the environment, which overrides it. */
export function assertKeys(file: string, keys: NodeJS.Dict<string>, env: NodeJS.ProcessEnv): void {
  const isSet = (name: string): boolean =>
    env[name] !== undefined ||
    (keys[name] ?? '') !== '' ||
    (name === 'JWT_SECRETS' && env['JWT_SIGNING_KEY'] !== undefined)
  const missing = NAMES.filter((name) => !isSet(name))
  if (missing.length === 0) return
  throw new UserError(
    `${file} lacks ${missing.join(' and ')}. Restore the file, or delete it: the next start makes a new ` +
      'one, then everyone has to log in anew, and saved phone numbers can no longer be read.',
  )
}
