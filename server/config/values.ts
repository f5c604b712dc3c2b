/** The schemas of environment variables. Their messages never hold a part of the value. */
import { isIP, isIPv6 } from 'node:net'
import * as z from 'zod'
import { findSentinelUrl } from './sentinel-url'
import { parsedBy, parseJson, InvalidValueError } from './variables'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** @param hostText a valid HOST. */
export const isLoopback = (hostText: string): boolean =>
  LOOPBACK.test(hostText) || hostText === '::1'

/** Only `listen` can tell whether the address belongs to this computer. */
export const host = z
  .string()
  .refine(
    (text) => isIP(text) > 0 || /^(?![\d.]*$)[A-Za-z0-9._-]+$/.test(text),
    'must be an address such as 127.0.0.1, or a host name',
  )

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`)

export const appid = z
  .string()
  .regex(/^[A-Za-z0-9_-]{4,64}$/, 'must be an AppID such as wx0123456789abcdef')
export const secret = z
  .string()
  .regex(/^[\x21-\x7e]{8,256}$/, 'must be the AppSecret, without blanks')

const app = z
  .strictObject(
    {
      appid,
      secret: secret.exactOptional(),
      type: z.enum(['miniprogram', 'official', 'website']),
    },
    'must hold appid, secret and type, and nothing else',
  )
  .transform(({ secret = null, ...rest }) => ({ ...rest, secret }))

export const appList = parsedBy((text) => parseJson(text, 'must be a JSON list of apps')).pipe(
  z
    .array(
      app,
      'must be a JSON list [{"appid","secret","type":"miniprogram"|"official"|"website"}]',
    )
    .min(1, 'must name at least one app')
    .refine(
      (apps) => new Set(apps.map((one) => one.appid)).size === apps.length,
      'names an appid twice',
    ),
)

/** An origin: http or https, host and port, without a path. */
export const origin = parsedBy((text) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const plain = url !== null && url.pathname === '/' && url.search === '' && url.hash === ''
  if (!plain || url.username !== '' || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidValueError('must be an origin such as https://api.example.com, without a path')
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new InvalidValueError('may use http:// for a loopback address only')
  }
  return url.origin
})

const NO_URL =
  'is no URL: check the host and the port, and write special characters of the password as %XX'
const MALFORMED_ESCAPE = 'holds a % that is no escape: write %25 for it'

/** The drivers percent-decode these parts, and a malformed escape would end the process. */
function isDecodable({ username, password, hostname, pathname }: URL): boolean {
  try {
    for (const part of [username, password, hostname, pathname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

/** @throws InvalidValueError */
function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new InvalidValueError(NO_URL)
  const url = new URL(text)
  if (!isDecodable(url)) throw new InvalidValueError(MALFORMED_ESCAPE)
  return url
}

/** The path in `file:PATH`; null for the URL of a server. */
export const sqliteFileOf = (url: string): string | null =>
  /^file:./.test(url) ? url.slice('file:'.length) : null

export const databaseUrl = parsedBy((text) => {
  if (!/^(file:.+|postgres(ql)?:\/\/.+|mysql:\/\/.+)$/.test(text)) {
    throw new InvalidValueError('must be file:PATH, postgres://… or mysql://…')
  }
  if (text === 'file::memory:') {
    throw new InvalidValueError('must name a file: memory ends with the process')
  }
  if (sqliteFileOf(text) === null) parseUrl(text)
  return text
})

function isSentinelUrl(text: string): boolean {
  try {
    return findSentinelUrl(text) !== null
  } catch {
    return false
  }
}

export const redisUrl = parsedBy((text) => {
  if (/^rediss?-sentinel:/.test(text)) {
    if (isSentinelUrl(text)) return text
    throw new InvalidValueError(
      'must be redis-sentinel://host:26379,host:26379/0?sentinelMasterId=NAME, with %XX for special characters',
    )
  }
  if (!/^rediss?:\/\/.+/.test(text)) {
    throw new InvalidValueError('must be redis://…, rediss://… or redis-sentinel://…')
  }
  const { pathname, searchParams } = parseUrl(text)
  // ioredis reads the database number from the path or from `?db=`; any other text would select database NaN.
  if (/^\/?\d*$/.test(pathname) && searchParams.getAll('db').every((db) => /^\d+$/.test(db))) {
    return text
  }
  throw new InvalidValueError('must name the database by its number, such as /0, or not at all')
})

/** Accepts an IP address or a CIDR block. A prefix of 0 is refused, because Express throws at it. */
function isBlock(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = isIPv6(address) ? 128 : 32
  const fits =
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) > 0 && Number(prefix) <= bits)
  return rest.length === 0 && isIP(address) > 0 && !address.includes('%') && fits
}

export const trustProxy = parsedBy((text) => {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const blocks = text.split(',').map((block) => block.trim())
  if (blocks.every(isBlock)) return blocks
  throw new InvalidValueError(
    'must be a number of proxies or a list of CIDR blocks, none of them /0',
  )
})
