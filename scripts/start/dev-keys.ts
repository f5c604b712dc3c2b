/**
 * Keys for development: made once, kept in data/keys.env (git-ignored, readable by its owner only).
 * With NODE_ENV=production no keys are made: they must come from the environment.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseEnv } from 'node:util'
import { unwritable } from '../lib/user-error'

const OWNER_ONLY = 0o600

function makeKeys(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const text = [
    '# Made by npm start for this computer. Delete the file and everyone is logged out.',
    `JWT_SECRETS=dev:${randomBytes(48).toString('base64url')}`,
    `DATA_KEYS=dev:${randomBytes(32).toString('base64')}`,
    '',
  ].join('\n')
  writeFileSync(file, text, { mode: OWNER_ONLY, flag: 'wx' })
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
