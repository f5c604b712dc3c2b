/** Shared code of `npm run upload` and `npm run phone`. */
import { readEnvironment } from '../lib/environment'
import { UserError } from '../lib/user-error'
import { hasUncommittedChanges, nameDescription, parseRobot } from './release-name'
import { readOwnAppid } from './preflight'
import { readUploadKey } from './upload-key'

export const SHARED_OPTIONS = {
  desc: { type: 'string' },
  robot: { type: 'string', default: '1' },
  'key-file': { type: 'string' },
  proxy: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export const SHARED_USAGE = `  --desc TEXT        what is new; by default the last commit's subject
  --robot 1..30      the row in the console that it goes to; 1 by default
  --key-file FILE    the key; or WECHAT_UPLOAD_KEY_FILE, or its text in WECHAT_UPLOAD_KEY
  --proxy URL        by default what https_proxy and npm's configuration say`

interface SharedValues {
  desc?: string | undefined
  robot: string
  'key-file'?: string | undefined
  proxy?: string | undefined
}

function parseProxy(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text
  throw new UserError('--proxy must be http://host:port')
}

/** Requirements of every upload, checked before anything is built. */
export function prepareUpload(root: string, values: Pick<SharedValues, 'key-file' | 'proxy'>) {
  const appid = readOwnAppid(root)
  const key = readUploadKey(values['key-file'], readEnvironment(root), appid)
  if (hasUncommittedChanges(root)) console.log('note  changes that are not committed go along')
  return {
    projectPath: root,
    appid,
    key,
    ...(values.proxy !== undefined && { proxy: parseProxy(values.proxy) }),
  }
}

/** Additional requirements of a mini-program's upload. */
export function prepareJob(root: string, values: SharedValues) {
  return {
    ...prepareUpload(root, values),
    desc: nameDescription(root, values.desc),
    robot: parseRobot(values.robot),
  }
}
