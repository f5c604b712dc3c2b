/**
 * Writes the AppID into project.config.json and into .env, with fresh keys beside it. What has a value
 * keeps it; another AppID in either place is a fault, and then nothing is written.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { isRealAppid, readProjectConfig } from '../lib/project/project-config'
import { unwritable, UserError } from '../lib/user-error'
import { fillIn, hasValue } from './env-text'

const OWNER_ONLY = 0o600

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
}

function freshValues({ appid, secret }: Init): Record<string, string> {
  return {
    WECHAT_APPID: appid,
    ...(secret !== null && { WECHAT_APPSECRET: secret }),
    JWT_SECRETS: `k1:${randomBytes(48).toString('base64url')}`,
    DATA_KEYS: `k1:${randomBytes(32).toString('base64')}`,
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
  const field = /("appid"\s*:\s*)"[^"]*"/
  if (field.test(projectText)) {
    return projectText.replace(field, (_all, name: string) => `${name}"${appid}"`)
  }
  return projectText.replace('{', () => `{\n  "appid": "${appid}",`)
}

function readStart(root: string): string {
  const file = join(root, '.env')
  return readFileSync(existsSync(file) ? file : join(root, '.env.example'), 'utf8')
}

/** @throws UserError when another AppID stands in one of the two files, or one can't be written. */
export function writeProject(init: Init): Written {
  const { root, appid } = init
  const projectFile = join(root, 'project.config.json')
  const before = readStart(root)
  const { appid: present } = readProjectConfig(root)
  if (isRealAppid(present)) assertNoOther('project.config.json', present, appid)
  assertNoOther('.env', parseEnv(before)['WECHAT_APPID'] ?? '', appid)

  const values = Object.entries(freshValues(init))
  const after = values.reduce((text, [name, value]) => fillIn(text, name, value), before)
  replaceFile(join(root, '.env'), after, OWNER_ONLY)
  if (present !== appid) {
    replaceFile(projectFile, withAppid(readFileSync(projectFile, 'utf8'), appid))
  }
  const names = values.map(([name]) => name)
  return {
    filled: names.filter((name) => !hasValue(before, name)),
    kept: names.filter((name) => hasValue(before, name)),
  }
}
