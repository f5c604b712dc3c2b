/** All checks, causes before their effects: an early fault explains the later ones. */
import { knownSecrets } from '../check/leaks/known-secrets'
import { UserError } from '../lib/user-error'
import { checkCloud } from './cloud'
import { checkConfiguration, checkEnvFile, checkKeysDiffer } from './configuration'
import { variable } from './context'
import type { DoctorContext } from './context'
import { checkDatabase } from './database'
import { fail, withoutSecrets } from './finding'
import type { Finding } from './finding'
import { checkNode, checkPorts } from './machine'
import { checkPay } from './pay'
import { checkPrivacy } from './privacy'
import { checkAppid, checkBaseLibrary, checkBaseUrls } from './project'
import { checkRedis } from './redis'
import { parseSentinelUrl } from './sentinel-url'
import { checkVariables } from './variables'
import { checkWechat } from './wechat'

type Check = (context: DoctorContext) => Finding | Finding[] | Promise<Finding[]>

/** Each check with the variables that it uses. */
const CHECKS: readonly (readonly [subject: string, check: Check, ...variables: string[]])[] = [
  ['Node.js', checkNode],
  ['ports', checkPorts],
  ['.env', checkEnvFile],
  ['.env', checkVariables],
  ['configuration', checkConfiguration],
  ['keys', checkKeysDiffer],
  ['database', checkDatabase, 'DATABASE_URL'],
  ['Redis', (context) => checkRedis(variable(context, 'REDIS_URL')), 'REDIS_URL'],
  ['AppID', checkAppid],
  ['baseUrl', checkBaseUrls],
  ['base library', checkBaseLibrary],
  ['privacy', checkPrivacy],
  ['payment', checkPay, 'PAY_MCHID', 'PAY_API_BASE'],
  ['云托管', checkCloud, 'TRUST_CLOUD_HEADERS'],
  ['WeChat', checkWechat, 'WECHAT_APPS', 'WECHAT_API_BASE'],
]

function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    // A % that encodes nothing: take the password literally.
    return password
  }
}

/** The passwords of the database and of Redis, encoded and decoded. */
function passwords(context: DoctorContext): string[] {
  const urls = ['DATABASE_URL', 'REDIS_URL'].map((name) => variable(context, name))
  const behindSentinels = urls.map(parseSentinelUrl).flatMap((url) => {
    const { password = '', sentinelPassword = '' } = url ?? {}
    return [password, sentinelPassword].flatMap((one) => [one, encodeURIComponent(one)])
  })
  return urls
    .filter((url) => URL.canParse(url))
    .flatMap((url) => [new URL(url).password, decoded(new URL(url).password)])
    .concat(behindSentinels)
    .filter((password) => password !== '')
}

/** A check that throws becomes a finding, and the others go on. */
async function look(subject: string, check: Check, context: DoctorContext): Promise<Finding[]> {
  try {
    return [await check(context)].flat()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const cure = error instanceof UserError ? 'See there.' : 'This may be a bug: please report it.'
    return [fail(subject, reason, cure)]
  }
}

/** Skip a check whose variable the server already refused: its result would only mislead. */
function isRefused(findings: readonly Finding[], name: string): boolean {
  return findings.some(
    ({ status, subject }) => status === 'fail' && /^\w+/.exec(subject)?.[0] === name,
  )
}

/** @param onFinding gets each finding at once, with secrets replaced. */
export async function examine(
  context: DoctorContext,
  onFinding: (finding: Finding) => void,
): Promise<Finding[]> {
  const secrets = [...knownSecrets(context.env), ...passwords(context)]
  const all: Finding[] = []
  for (const [subject, check, ...variables] of CHECKS) {
    if (variables.some((name) => isRefused(all, name))) continue
    for (const raw of await look(subject, check, context)) {
      const finding = withoutSecrets(raw, secrets)
      all.push(finding)
      onFinding(finding)
    }
  }
  return all
}
