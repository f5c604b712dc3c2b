/**
 * Writes the AppID into project.config.json and into .env, together with new keys. Existing values
 * are kept; a different AppID in either file is an error, and then nothing is written.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readEnvFile, readEnvText } from '../lib/environment'
import { isRealAppid, readProjectConfig } from '../lib/project/project-config'
import { unwritable, UserError } from '../lib/user-error'
import { DEV_KEYS } from '../start/dev-keys'
import { fillIn, hasValue } from './env-text'

const OWNER_ONLY = 0o600
const KEY_LIST = /^[A-Za-z0-9_-]+:[^,]+(?:,[A-Za-z0-9_-]+:[^,]+)*$/

interface Init {
  root: string
  appid: string
  /** null leaves the variable as it is. */
  secret: string | null
}

export interface Written {
  /** Variables that this run has set. */
  filled: string[]
  /** Variables that already had a value. */
  kept: string[]
  /** Variables that hold keys of data/keys.env behind the new one. */
  withDevKeys: string[]
}

/**
 * The new key is first, since the first one signs and seals. Those of `npm start` follow with their
 * ids, since what they signed and sealed names them.
 */
function withDevKeys(value: string, devKeys: string | undefined): string {
  if (devKeys === undefined || !KEY_LIST.test(devKeys)) return `k1:${value}`
  const taken = devKeys.split(',').map((entry) => entry.slice(0, entry.indexOf(':')))
  let number = 1
  while (taken.includes(`k${number}`)) number++
  return `k${number}:${value},${devKeys}`
}

function freshValues({ root, appid, secret }: Init): Record<string, string> {
  const { JWT_SECRETS, DATA_KEYS } = readEnvFile(root, DEV_KEYS)
  return {
    WECHAT_APPID: appid,
    ...(secret !== null && { WECHAT_APPSECRET: secret }),
    JWT_SECRETS: withDevKeys(randomBytes(48).toString('base64url'), JWT_SECRETS),
    DATA_KEYS: withDevKeys(randomBytes(32).toString('base64'), DATA_KEYS),
  }
}

function assertNoOther(place: string, found: string, appid: string): void {
  if (found === '' || found === appid) return
  throw new UserError(
    `${place} holds another AppID, ${found}. Nothing was written. ` +
      `To change over to ${appid}, empty it there and run this again.`,
  )
}

/** Writes to a temporary file and renames it, so that a full disk or a crash leaves no half file. */
function replaceFile(file: string, text: string, mode?: number): void {
  const draft = `${file}.new`
  try {
    writeFileSync(draft, text, mode === undefined ? {} : { mode })
    if (mode !== undefined) chmodSync(draft, mode)
    renameSync(draft, file)
  } catch (error) {
    throw unwritable(draft, error)
  }
}

/** Changes only this value, since DevTools and prettier write the file too. */
function withAppid(projectText: string, appid: string): string {
  // A number or null is a value of this key, too.
  const field = /("appid"\s*:\s*)(?:"[^"]*"|[^\s,}"]+)/
  if (field.test(projectText)) {
    return projectText.replace(field, (_all, name: string) => `${name}"${appid}"`)
  }
  return projectText.replace('{', () => `{\n  "appid": "${appid}",`)
}

/** @throws UserError when one of the two files contains another AppID or can't be written. */
export function writeProject(init: Init): Written {
  const { root, appid } = init
  const projectFile = join(root, 'project.config.json')
  const before = readEnvText(root, existsSync(join(root, '.env')) ? '.env' : '.env.example')
  const { appid: present } = readProjectConfig(root)
  if (isRealAppid(present)) assertNoOther('project.config.json', present, appid)
  assertNoOther('.env', parseEnv(before)['WECHAT_APPID'] ?? '', appid)

  const values = Object.entries(freshValues(init))
  const after = values.reduce((text, [name, value]) => fillIn(text, name, value), before)
  replaceFile(join(root, '.env'), after, OWNER_ONLY)
  if (present !== appid) {
    replaceFile(projectFile, withAppid(readFileSync(projectFile, 'utf8'), appid))
  }
  const filled = values.filter(([name]) => !hasValue(before, name))
  const names = filled.map(([name]) => name)
  return {
    filled: names,
    kept: values.map(([name]) => name).filter((name) => !names.includes(name)),
    withDevKeys: filled.filter(([, value]) => value.includes(',')).map(([name]) => name),
  }
}
