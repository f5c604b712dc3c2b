/** All the checks, in the order in which a fault is best mended: what comes first explains what follows. */
import { knownSecrets } from '../check/leaks/known-secrets'
import { UserError } from '../lib/user-error'
import { checkConfiguration, checkEnvFile, checkKeysDiffer } from './configuration'
import { variable } from './context'
import type { DoctorContext } from './context'
import { checkDatabase } from './database'
import { fail, withoutSecrets } from './finding'
import type { Finding } from './finding'
import { checkNode, checkPorts } from './machine'
import { checkPrivacy } from './privacy'
import { checkAppid, checkBaseLibrary, checkBaseUrls } from './project'
import { checkRedis } from './sql-server'
import { checkUnknownVariables } from './unknown-variables'
import { checkWechat } from './wechat'

type Check = (context: DoctorContext) => Finding | Finding[] | Promise<Finding[]>

/** Behind each check stand the variables that it goes by. */
const CHECKS: readonly (readonly [subject: string, check: Check, ...variables: string[]])[] = [
  ['Node.js', checkNode],
  ['ports', checkPorts],
  ['.env', checkEnvFile],
  ['.env', checkUnknownVariables],
  ['configuration', checkConfiguration],
  ['keys', checkKeysDiffer],
  ['database', checkDatabase, 'DATABASE_URL'],
  ['Redis', (context) => checkRedis(variable(context, 'REDIS_URL')), 'REDIS_URL'],
  ['AppID', checkAppid],
  ['baseUrl', checkBaseUrls],
  ['base library', checkBaseLibrary],
  ['privacy', checkPrivacy],
  ['WeChat', checkWechat, 'WECHAT_APPS', 'WECHAT_API_BASE'],
]

function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    // A bare %: it is meant as it stands.
    return password
  }
}

/** Of the database and of Redis, as they stand in the URL and as they are meant. */
function passwords(context: DoctorContext): string[] {
  const urls = ['DATABASE_URL', 'REDIS_URL'].map((name) => variable(context, name))
  return urls
    .filter((url) => URL.canParse(url))
    .flatMap((url) => [new URL(url).password, decoded(new URL(url).password)])
    .filter((password) => password !== '')
}

/** A check that breaks is a finding as well: the others go on. */
async function look(subject: string, check: Check, context: DoctorContext): Promise<Finding[]> {
  try {
    return [await check(context)].flat()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const cure = error instanceof UserError ? 'See there.' : 'This may be a bug: please report it.'
    return [fail(subject, reason, cure)]
  }
}

/** What the server refuses has been told: asking others with it would only mislead. */
function isRefused(findings: readonly Finding[], name: string): boolean {
  return findings.some(
    ({ status, subject }) => status === 'fail' && /^\w+/.exec(subject)?.[0] === name,
  )
}

/** @param onFinding is told each finding as it comes, secrets already struck out. */
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
