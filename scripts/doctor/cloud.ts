/** Checks for WeChat's cloud that the server can't make itself: lost files of a container, and features that need an AppSecret. */
import { variable } from './context'
import type { DoctorContext } from './context'
import { ok, warn } from './finding'
import type { Finding } from './finding'

const PAGE = 'docs/deploy-cloud-run.md'

export function checkCloud(context: DoctorContext): Finding[] {
  if (variable(context, 'TRUST_CLOUD_HEADERS') !== 'true') return []
  const findings: Finding[] = []
  const databaseUrl = variable(context, 'DATABASE_URL')
  if (databaseUrl === '' || databaseUrl.startsWith('file:')) {
    const cure = `Set DATABASE_URL=mysql://… there: ${PAGE}`
    findings.push(warn('云托管', 'a container loses its SQLite file with each release', cure))
  }
  const hasSecret = ['WECHAT_APPSECRET', 'WECHAT_APPS'].some(
    (name) => variable(context, name) !== '',
  )
  if (!hasSecret && variable(context, 'CONTENT_CHECK') !== 'off') {
    const cure = 'Set CONTENT_CHECK=off, or WECHAT_APPSECRET.'
    findings.push(warn('云托管', 'nicknames can not be checked without an AppSecret', cure))
  }
  return findings.length > 0 ? findings : [ok('云托管', 'its headers say who calls')]
}
