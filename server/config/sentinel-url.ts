/**
 * Redis behind Sentinels: `redis-sentinel://user:password@one:26379,two:26379/0?sentinelMasterId=mymaster`, the
 * format of Lettuce and Spring. User and password are for Redis; `sentinelPassword` is for the Sentinels.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */

export interface SentinelUrl {
  sentinels: { host: string; port: number }[]
  /** The name of the primary at the Sentinels. */
  name: string
  username: string | undefined
  password: string | undefined
  sentinelPassword: string | undefined
  /** The prefix of every key, like `keyPrefix` in ioredis's own URLs. */
  keyPrefix: string | undefined
  db: number
  isTls: boolean
}

const SHAPE = /^(rediss?)-sentinel:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/(\d*))?(?:\?(.*))?$/
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/
const DEFAULT_PORT = 26_379
const MAX_PORT = 65_535

function parseHost(text: string): { host: string; port: number } | null {
  const [, host, port] = HOST.exec(text) ?? []
  if (host === undefined) return null
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  return number > MAX_PORT ? null : { host: host.replace(/^\[|\]$/g, ''), port: number }
}

/** @returns undefined for an absent or empty part. @throws URIError for a malformed %-escape. */
function decode(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : decodeURIComponent(text)
}

/**
 * @returns null when it is not a Sentinel URL.
 * @throws URIError for a malformed %-escape.
 */
export function findSentinelUrl(url: string): SentinelUrl | null {
  const [, scheme, account = '', hosts, db = '', query = ''] = SHAPE.exec(url) ?? []
  if (hosts === undefined) return null
  const sentinels = hosts.split(',').map(parseHost)
  const parameters = new URLSearchParams(query)
  const name = parameters.get('sentinelMasterId')
  if (name === null || name === '' || sentinels.includes(null)) return null
  const colon = account.indexOf(':')
  return {
    sentinels: sentinels.filter((one) => one !== null),
    name,
    username: decode(colon < 0 ? account : account.slice(0, colon)),
    password: decode(colon < 0 ? '' : account.slice(colon + 1)),
    sentinelPassword: parameters.get('sentinelPassword') ?? undefined,
    keyPrefix: parameters.get('keyPrefix') ?? undefined,
    db: Number(db),
    isTls: scheme === 'rediss',
  }
}
