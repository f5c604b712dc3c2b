/**
 * `npm run init -- --appid wx…`: writes your AppID into project.config.json and .env, and new keys
 * into .env, which only you may read.
 */
import { join } from 'node:path'
import { readEnvFile } from '../lib/environment'
import { askForSecret, readPipedSecret } from './ask-secret'
import { writeProject } from './write-project'
import type { Written } from './write-project'
import { parseCommand } from '../lib/parse-command'
import { isRealAppid } from '../lib/project/project-config'
import { reportFailure, UserError } from '../lib/user-error'
import { DEV_KEYS } from '../start/dev-keys'

const ROOT = join(__dirname, '../..')
const USAGE = `npm run init -- --appid wx0123456789abcdef [--secret-stdin]

Writes your AppID into project.config.json and into .env, and fresh JWT_SECRETS and DATA_KEYS into
.env, before those that npm start made. What has a value already keeps it. The AppSecret is asked for (it is not shown), or read from a
pipe with --secret-stdin; it is never an argument.`

const OPTIONS = {
  appid: { type: 'string', default: '' },
  'secret-stdin': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function findSecret(fromPipe: boolean): Promise<string | null> {
  if (fromPipe) return readPipedSecret(process.stdin)
  const isKnown = (readEnvFile(ROOT)['WECHAT_APPSECRET'] ?? '') !== ''
  const hasPerson = process.stdin.isTTY && process.stdout.isTTY
  return isKnown || !hasPerson ? Promise.resolve(null) : askForSecret(process.stdin, process.stdout)
}

function report(appid: string, { filled, kept, withDevKeys }: Written): void {
  console.log(`project.config.json  ${appid}`)
  if (filled.length > 0) console.log(`.env                 filled in: ${filled.join(', ')}`)
  if (kept.length > 0) console.log(`.env                 kept: ${kept.join(', ')}`)
  if (withDevKeys.length > 0) {
    console.log(
      `${DEV_KEYS}        its keys are in .env now, behind the new ones (${withDevKeys.join(', ')}):\n` +
        '                     nobody is logged out, and saved phone numbers stay readable',
    )
  }
  const hasSecret = (readEnvFile(ROOT)['WECHAT_APPSECRET'] ?? '') !== ''
  console.log(
    hasSecret
      ? '\nnpm start talks to WeChat itself now. npm run doctor checks all of it.'
      : '\nThe AppSecret is missing: put it into .env as WECHAT_APPSECRET, or run this again and type it.\n' +
          'Until then npm start uses the sandbox. npm run doctor checks all of it.',
  )
}

async function run(): Promise<void> {
  const { appid, help, 'secret-stdin': fromPipe } = parseCommand(OPTIONS, USAGE, { isSecret: true })
  if (help) {
    console.log(USAGE)
    return
  }
  if (!isRealAppid(appid)) {
    throw new UserError(
      `Give your AppID, wx and 16 digits of 0-9 a-f (mp.weixin.qq.com → 开发管理 → 开发设置):\n${USAGE}`,
    )
  }
  report(appid, writeProject({ root: ROOT, appid, secret: await findSecret(fromPipe) }))
}

run().catch(reportFailure)
