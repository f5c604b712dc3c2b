/** PAY_* to a checked configuration; null without PAY_MCHID. Every fault is reported, never a value. */
import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { IS_EMPTY, origin, whole } from '../config/values'
import { catalogue } from './catalogue'
import type { CatalogueItem } from './catalogue'
import type { Report } from './config-report'
import { faultOfKeyPair, parseMerchantKey, parseWechatKeys } from './keys'
import { readJsonFile } from './read-file'
import type { Merchant, WechatKeys } from './signature'

export interface PayConfig {
  merchant: Merchant
  apiV3Key: KeyObject
  wechatKeys: WechatKeys
  /** The name of the key that WeChat is asked to sign with. */
  askedSerial: string
  notifyUrl: string
  /** An origin. */
  apiBase: string
  /** Null where the service that mounts this one quotes prices. */
  catalogue: CatalogueItem[] | null
  /** Null: there is no route for refunds. */
  adminToken: string | null
  expiresMs: number
}

const MINUTE_MS = 60_000
/** WeChat's bound of notify_url, with our longest ending. */
const MAX_NOTIFY_URL = 255 - '/refund-notify'.length
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

const MIN_DIFFERENT = 10

const isGuessable = (text: string): boolean => new Set(text).size < MIN_DIFFERENT

const notifyUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain =
    url !== null &&
    url.username === '' &&
    !/[?#]/.test(text) &&
    !url.pathname.endsWith('/') &&
    text.length <= MAX_NOTIFY_URL
  if (!isPlain || !['http:', 'https:'].includes(url.protocol)) {
    const message =
      'must be a public address such as https://api.example.com/v1/pay, without a query or a slash at its end'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    const message = 'must use https://: WeChat sends notices over HTTPS only'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  return text
})

const environment = {
  PAY_MCHID: z.string().regex(/^\d{6,32}$/, 'must be the merchant number, digits only'),
  PAY_SERIAL: z
    .string()
    .regex(/^[0-9A-Fa-f]{8,64}$/, "must be the serial of the merchant's certificate, hexadecimal"),
  PAY_API_V3_KEY: z.string().regex(/^[\x21-\x7e]{32}$/, 'must have exactly 32 ASCII characters'),
  PAY_NOTIFY_URL: notifyUrl,
  PAY_API_BASE: origin.default('https://api.mch.weixin.qq.com'),
  PAY_ADMIN_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9._~+/=-]{32,256}$/, 'must have 32 to 256 of A-Z a-z 0-9 . _ ~ + / = -')
    .optional(),
  PAY_EXPIRES_MINUTES: whole(5, 1440).default(30),
}

type Environment = { [Name in keyof typeof environment]: z.infer<(typeof environment)[Name]> }

function parseValues(env: NodeJS.ProcessEnv, report: Report): Partial<Environment> {
  const values: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(environment)) {
    const text = env[name]
    const { success, data, error } = kind.safeParse(text)
    if (success) values[name] = data
    else if (text === undefined) report(name, 'is missing')
    else if (text === '') report(name, IS_EMPTY)
    else for (const { message } of error.issues) report(name, message)
  }
  return values
}

function parseCatalogue(env: NodeJS.ProcessEnv, report: Report): CatalogueItem[] | null {
  const name = 'PAY_CATALOGUE'
  const file = env[name]
  if (file === undefined) return null
  if (file === '') {
    report(name, IS_EMPTY)
    return null
  }
  const json = readJsonFile(file, (message) => report(name, message))
  if (json === undefined) return null
  const parsed = catalogue.safeParse(json)
  if (parsed.success) return parsed.data
  for (const { path, message } of parsed.error.issues) {
    report(name, path.length === 0 ? message : `${path.join('.')} ${message}`)
  }
  return null
}

function reportProductionFaults(values: Partial<Environment>, report: Report) {
  const { PAY_API_BASE: base, PAY_NOTIFY_URL: url } = values
  if (base?.startsWith('http:') === true) {
    report('PAY_API_BASE', 'the sandbox is refused with NODE_ENV=production')
  }
  if (url !== undefined && LOOPBACK.test(new URL(url).hostname)) {
    report('PAY_NOTIFY_URL', 'must be an address that WeChat reaches, with NODE_ENV=production')
  }
  for (const name of ['PAY_API_V3_KEY', 'PAY_ADMIN_TOKEN'] as const) {
    const value = values[name]
    if (value === undefined || !isGuessable(value)) continue
    report(name, `must be random: at least ${MIN_DIFFERENT} different characters in production`)
  }
}

/**
 * @param report is called with each fault; after a fault the result must not be used.
 * @param options.needsCatalogue false where the service that mounts this one quotes prices.
 */
export function parsePayConfig(
  env: NodeJS.ProcessEnv,
  report: Report,
  options = { needsCatalogue: true },
): PayConfig | null {
  if (env['PAY_MCHID'] === undefined) return null
  const faults = { count: 0 }
  const count: Report = (name, message) => {
    faults.count += 1
    report(name, message)
  }
  const values = parseValues(env, count)
  const privateKey = parseMerchantKey(env, count)
  const wechatKeys = parseWechatKeys(env['PAY_PUBLIC_KEYS'], count)
  const items = parseCatalogue(env, count)
  if (options.needsCatalogue && env['PAY_CATALOGUE'] === undefined) {
    count('PAY_CATALOGUE', 'is missing')
  }
  if (privateKey !== null) {
    faultOfKeyPair(privateKey, values.PAY_SERIAL ?? '', wechatKeys, count)
  }
  if (env['NODE_ENV'] === 'production') reportProductionFaults(values, count)
  const [askedSerial] = wechatKeys.keys()
  if (faults.count > 0 || privateKey === null || askedSerial === undefined) return null
  const complete = values as Environment
  return {
    merchant: {
      mchid: complete.PAY_MCHID,
      serial: complete.PAY_SERIAL.toUpperCase(),
      privateKey,
    },
    apiV3Key: createSecretKey(Buffer.from(complete.PAY_API_V3_KEY, 'ascii')),
    wechatKeys,
    askedSerial,
    notifyUrl: complete.PAY_NOTIFY_URL,
    apiBase: complete.PAY_API_BASE,
    catalogue: items,
    adminToken: complete.PAY_ADMIN_TOKEN ?? null,
    expiresMs: complete.PAY_EXPIRES_MINUTES * MINUTE_MS,
  }
}
