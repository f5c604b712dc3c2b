/**
 * The addresses in miniprogram/config.ts, and WeChat's rules for them.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import ts from 'typescript'
import { unreadable, UserError } from '../user-error'

export type EnvVersion = 'develop' | 'trial' | 'release'
export type BaseUrls = Record<EnvVersion, string>

/** Where the file asks for the reader's own domain. */
const PLACEHOLDER = 'change-me.example.com'
const LOCAL = /(^|\.)(localhost|local|internal|lan)$/

export interface UrlFault {
  what: string
  cure: string
  /** WeChat allows such a request when its console lists exactly this address. */
  isAllowedWhenListed?: boolean
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** @throws UserError when the file can't be read, or when one of the three addresses is no plain string in the file. */
export function readBaseUrls(root: string): BaseUrls {
  const file = join(root, 'miniprogram/config.ts')
  const source = ts.createSourceFile(file, readSource(file), ts.ScriptTarget.ES2020)
  const found = new Map<string, string>()
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) {
      const value = node.initializer
      if (ts.isStringLiteralLike(value)) found.set(node.name.text, value.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  const urlOf = (version: EnvVersion): string => {
    const url = found.get(version)
    if (url !== undefined) return url
    throw new UserError(`miniprogram/config.ts: write the address of ${version} as a plain string.`)
  }
  return { develop: urlOf('develop'), trial: urlOf('trial'), release: urlOf('release') }
}

const fault = (what: string, cure: string): UrlFault => ({ what, cure })

function judgeHost(hostname: string): UrlFault[] {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (hostname === PLACEHOLDER) {
    return [fault('is still the placeholder', 'Write your own domain there.')]
  }
  if (isIP(bare) !== 0) return [fault('is an IP address', 'Use a domain name with an ICP filing.')]
  if (LOCAL.test(hostname)) return [fault('is a local name', 'Use a public domain name.')]
  if (hostname === 'api.weixin.qq.com') {
    return [fault('is WeChat itself', 'Only a backend may call it: write the address of the BFF.')]
  }
  return hostname.includes('.')
    ? []
    : [fault('is no full domain name', 'Use a public domain name.')]
}

function judgePort(text: string, url: URL): UrlFault[] {
  const written = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(text)?.[1]
  if (written === undefined) return []
  if (url.port === '') {
    return [fault(`names port ${written}`, 'Leave it out: WeChat refuses even :443.')]
  }
  const cure = `The console must list the domain with :${written}; simpler is 443 behind a proxy.`
  return [{ what: `names port ${written}`, cure, isAllowedWhenListed: true }]
}

/**
 * What WeChat rejects in the address of a trial or release version; develop addresses are not
 * restricted.
 */
export function judgeBaseUrl(text: string): UrlFault[] {
  if (!URL.canParse(text)) return [fault('is no URL', 'Write it as https://api.example.com')]
  const url = new URL(text)
  const faults = judgeHost(url.hostname)
  if (url.protocol !== 'https:') {
    faults.push(fault('is not HTTPS', 'WeChat allows https:// only.'))
  }
  faults.push(...judgePort(text, url))
  if (text.endsWith('/') || url.search !== '' || url.hash !== '') {
    faults.push(fault('ends in a slash or a query', 'The paths are put behind it: leave that out.'))
  }
  return faults
}
