/** project.config.json, the addresses in config.ts and the base library. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isRealAppid, readProjectConfig } from '../lib/project/project-config'
import { readJson } from '../lib/json-file'
import { judgeBaseUrl, readBaseUrls } from '../lib/project/base-urls'
import { usesWechat } from '../start/bff-env'
import { DEFAULT_PORTS } from '../lib/defaults'
import { variable } from './context'
import type { DoctorContext } from './context'
import { fail, ok, warn } from './finding'
import type { Finding } from './finding'
import { compareVersions } from './versions'

const PROJECT = 'project.config.json'
const PRIVATE = 'project.private.config.json'
const PRIVACY_SINCE = '2.32.3'
const FILL_IN_SINCE = '2.21.2'
const INIT = 'npm run init -- --appid wx… writes it into both places.'

function serverAppids(context: DoctorContext): string[] {
  if (!usesWechat(context.env)) return []
  const listed = [...variable(context, 'WECHAT_APPS').matchAll(/"appid"\s*:\s*"([^"]*)"/g)]
  return [variable(context, 'WECHAT_APPID'), ...listed.map(([, appid = '']) => appid)].filter(
    (appid) => appid !== '',
  )
}

function judgeAppid(file: string, appid: string, known: string[]): Finding {
  if (known.includes(appid)) return ok('AppID', `${file} and the server name the same, ${appid}`)
  const isGuest = appid === '' || appid === 'touristappid'
  if (isGuest && known.length === 0) {
    const what = `${file} holds the placeholder: DevTools opens it as a guest, without real logins`
    return warn('AppID', what, INIT)
  }
  if (isGuest) return fail('AppID', `${file} holds the placeholder, the server ${known[0]}`, INIT)
  if (!isRealAppid(appid)) {
    return fail('AppID', `${file} holds "${appid}", which no AppID looks like`, INIT)
  }
  if (known.length === 0) {
    const cure = 'For real logins put AppID and AppSecret into .env: npm run init -- --appid wx…'
    return warn('AppID', `${file} holds ${appid}, the server uses the sandbox`, cure)
  }
  return fail(
    'AppID',
    `${file} holds ${appid}, the server ${known.join(', ')}: every login would end in 40029`,
    'Write the same AppID in both.',
  )
}

export function checkAppid(context: DoctorContext): Finding[] {
  const known = serverAppids(context)
  const findings = [judgeAppid(PROJECT, readProjectConfig(context.root).appid, known)]
  const privateFile = join(context.root, PRIVATE)
  if (!existsSync(privateFile)) return findings
  const { appid } = readJson(privateFile) as { appid?: string }
  if (appid !== undefined) findings.push(judgeAppid(PRIVATE, appid, known))
  return findings
}

function checkDevelopPort(context: DoctorContext, text: string): Finding {
  const subject = 'baseUrl, develop'
  const port = variable(context, 'PORT') || String(DEFAULT_PORTS.bff)
  if (!URL.canParse(text)) {
    return fail(subject, `"${text}" is no URL`, 'Write it as http://127.0.0.1:3000')
  }
  const url = new URL(text)
  const isHere = ['127.0.0.1', 'localhost'].includes(url.hostname)
  if (isHere && url.port !== port && port !== '0') {
    const cure = `Write http://127.0.0.1:${port} in miniprogram/config.ts, or PORT=${url.port} in .env.`
    return warn(subject, `names port ${url.port || '80'}, the BFF listens on ${port}`, cure)
  }
  return ok(subject, text)
}

/** A placeholder is a fault once the project has an AppID of its own. */
export function checkBaseUrls(context: DoctorContext): Finding[] {
  const { develop, ...published } = readBaseUrls(context.root)
  const isOwn = isRealAppid(readProjectConfig(context.root).appid)
  const findings = [checkDevelopPort(context, develop)]
  for (const [version, text] of Object.entries(published)) {
    const subject = `baseUrl, ${version}`
    const faults = judgeBaseUrl(text)
    if (faults.length === 0) findings.push(ok(subject, text))
    for (const { what, cure, isAllowedWhenListed } of faults) {
      const found = isOwn && isAllowedWhenListed !== true ? fail : warn
      findings.push(found(subject, `${text} ${what}`, `miniprogram/config.ts: ${cure}`))
    }
  }
  return findings
}

export function checkBaseLibrary({ root }: DoctorContext): Finding {
  const { libVersion } = readProjectConfig(root)
  const subject = 'base library'
  if (!/^\d+\.\d+\.\d+$/.test(libVersion)) {
    const what = `${PROJECT} names none, so DevTools takes whatever it has`
    return warn(subject, what, `Write "libVersion": "${PRIVACY_SINCE}" or a newer one.`)
  }
  const floor = `Raise libVersion to ${PRIVACY_SINCE} or newer, and the lowest version in mp.weixin.qq.com → 设置 → 基础库最低版本设置.`
  if (compareVersions(libVersion, FILL_IN_SINCE) < 0) {
    const what = `${libVersion} has no avatar and nickname form (that is ${FILL_IN_SINCE})`
    return fail(subject, what, floor)
  }
  if (compareVersions(libVersion, PRIVACY_SINCE) < 0) {
    return warn(subject, `${libVersion} has no privacy API (that is ${PRIVACY_SINCE})`, floor)
  }
  return ok(subject, libVersion)
}
