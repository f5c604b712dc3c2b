/** Turns PAY_* into a checked configuration; null without PAY_MCHID. All faults are reported, but never a value. */
import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { isLoopback, origin, wholeNumber } from '../config/values'
import { parsedBy, parseJson, parseVariables, InvalidValueError } from '../config/variables'
import type { Report, VariablesOf } from '../config/variables'
import { catalogue } from './catalogue'
import type { CatalogueItem } from './catalogue'
import { holdsOwnKey, merchantKey, readTextFile, wechatKeys } from './keys'
import type { Merchant, WechatKeys } from './signature'

export interface PayConfig {
  merchant: Merchant
  apiV3Key: KeyObject
  wechatKeys: WechatKeys
  /** The name of the key that we ask WeChat to sign with. */
  askedSerial: string
  /** Without a trailing slash; `/notify` and `/refund-notify` are appended. */
  notifyUrl: string
  apiBase: string
  /** Null when the embedding service quotes prices. */
  catalogue: CatalogueItem[] | null
  /** Null disables the route for refunds. */
  adminToken: string | null
  expiresMs: number
}

const MINUTE_MS = 60_000
/** WeChat's limit for notify_url, less our longest suffix. */
const MAX_NOTIFY_URL = 255 - '/refund-notify'.length
/** A secret with fewer different characters is not random. */
const MIN_DIFFERENT = 10

const notifyUrl = parsedBy((text) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.username === '' &&
    !/[?#]/.test(text) &&
    !url.pathname.endsWith('/') &&
    text.length <= MAX_NOTIFY_URL
  if (!isPlain) {
    throw new InvalidValueError(
      'must be a public address such as https://api.example.com/v1/pay, without a query or a slash at its end',
    )
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new InvalidValueError('must use https://: WeChat sends notices over HTTPS only')
  }
  return text
})

const variables = {
  PAY_MCHID: z.string().regex(/^\d{6,32}$/, 'must be the merchant number, digits only'),
  PAY_SERIAL: z
    .string()
    .regex(/^[0-9A-Fa-f]{8,64}$/, "must be the serial of the merchant's certificate, hexadecimal"),
  PAY_API_V3_KEY: z.string().regex(/^[\x21-\x7e]{32}$/, 'must have exactly 32 ASCII characters'),
  PAY_PUBLIC_KEYS: wechatKeys,
  PAY_NOTIFY_URL: notifyUrl,
  PAY_API_BASE: origin.default('https://api.mch.weixin.qq.com'),
  PAY_CATALOGUE: parsedBy((file) => parseJson(readTextFile(file), 'must be a JSON file'))
    .pipe(catalogue)
    .optional(),
  PAY_ADMIN_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9._~+/=-]{32,256}$/, 'must have 32 to 256 of A-Z a-z 0-9 . _ ~ + / = -')
    .optional(),
  PAY_EXPIRES_MINUTES: wholeNumber(5, 1440).default(30),
}

type Variables = VariablesOf<typeof variables>

/** Reads PAY_PRIVATE_KEY or PAY_PRIVATE_KEY_FILE. */
function parsePrivateKey(env: NodeJS.ProcessEnv, report: Report): KeyObject | undefined {
  const { PAY_PRIVATE_KEY: inline, PAY_PRIVATE_KEY_FILE: file } = env
  if (inline !== undefined && file !== undefined) {
    report('PAY_PRIVATE_KEY', 'set either it or PAY_PRIVATE_KEY_FILE')
    return undefined
  }
  const name = file === undefined ? 'PAY_PRIVATE_KEY' : 'PAY_PRIVATE_KEY_FILE'
  return parseVariables({ [name]: merchantKey }, env, report)[name]
}

function reportProductionFaults(values: Partial<Variables>, report: Report): void {
  const { PAY_API_BASE: base, PAY_NOTIFY_URL: url } = values
  if (base?.startsWith('http:') === true) {
    report('PAY_API_BASE', 'the sandbox is refused with NODE_ENV=production')
  }
  if (url !== undefined && isLoopback(new URL(url).hostname)) {
    report('PAY_NOTIFY_URL', 'must be an address that WeChat reaches, with NODE_ENV=production')
  }
  for (const name of ['PAY_API_V3_KEY', 'PAY_ADMIN_TOKEN'] as const) {
    const value = values[name]
    if (value === undefined || new Set(value).size >= MIN_DIFFERENT) continue
    report(name, `must be random: at least ${MIN_DIFFERENT} different characters in production`)
  }
}

function toConfig(values: Variables, privateKey: KeyObject): PayConfig {
  const [askedSerial = ''] = values.PAY_PUBLIC_KEYS.keys()
  return {
    merchant: { mchid: values.PAY_MCHID, serial: values.PAY_SERIAL.toUpperCase(), privateKey },
    apiV3Key: createSecretKey(Buffer.from(values.PAY_API_V3_KEY, 'ascii')),
    wechatKeys: values.PAY_PUBLIC_KEYS,
    askedSerial,
    notifyUrl: values.PAY_NOTIFY_URL,
    apiBase: values.PAY_API_BASE,
    catalogue: values.PAY_CATALOGUE ?? null,
    adminToken: values.PAY_ADMIN_TOKEN ?? null,
    expiresMs: values.PAY_EXPIRES_MINUTES * MINUTE_MS,
  }
}

/** @param report is called with each fault; the result is null then. */
export function parsePayConfig(env: NodeJS.ProcessEnv, report: Report): PayConfig | null {
  if (env['PAY_MCHID'] === undefined) return null
  const faults: Parameters<Report>[] = []
  const add: Report = (...fault) => void faults.push(fault)
  const values = parseVariables(variables, env, add)
  const privateKey = parsePrivateKey(env, add)
  const { PAY_PUBLIC_KEYS: keys, PAY_SERIAL: serial = '' } = values
  if (keys && privateKey && holdsOwnKey(keys, privateKey, serial)) {
    add(
      'PAY_PUBLIC_KEYS',
      "holds the merchant's own key; it must hold WeChat's (API 安全 → 微信支付公钥)",
    )
  }
  if (env['NODE_ENV'] === 'production') reportProductionFaults(values, add)
  for (const fault of faults) report(...fault)
  if (faults.length > 0 || privateKey === undefined) return null
  return toConfig(values as Variables, privateKey)
}
