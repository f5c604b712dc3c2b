/**
 * `redis-sentinel://user:password@one:26379,two:26379/0?sentinelMasterId=NAME`, as REDIS_URL takes it:
 * the account is Redis's, `sentinelPassword` the Sentinels' own. No URL, since it has several hosts.
 */

export interface Address {
  host: string
  port: number
}

export interface SentinelUrl {
  sentinels: Address[]
  /** The Sentinels' name for the primary. */
  name: string
  username: string | undefined
  password: string | undefined
  sentinelPassword: string | undefined
  db: number
  isTls: boolean
}

const SHAPE = /^(rediss?)-sentinel:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/(\d*))?(?:\?(.*))?$/
const HOST = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/
const DEFAULT_PORT = 26_379

function decode(text = ''): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    // A % that encodes nothing: take it literally.
    return text
  }
}

function parseHost(text: string): Address | null {
  const [, v6, name, port] = HOST.exec(text) ?? []
  const host = v6 ?? name
  return host === undefined ? null : { host, port: Number(port ?? DEFAULT_PORT) }
}

/** @returns null when it names no Sentinels, or no primary. */
export function parseSentinelUrl(url: string): SentinelUrl | null {
  const [, scheme, account = '', hosts = '', db = '', query] = SHAPE.exec(url) ?? []
  const sentinels = hosts.split(',').map(parseHost)
  const parameters = new URLSearchParams(query)
  const name = parameters.get('sentinelMasterId') ?? ''
  const known = sentinels.filter((one) => one !== null)
  if (name === '' || known.length < sentinels.length) return null
  const [username, password] = account.split(/:(.*)/s)
  return {
    sentinels: known,
    name,
    username: decode(username),
    password: decode(password),
    sentinelPassword: parameters.get('sentinelPassword') ?? undefined,
    db: Number(db),
    isTls: scheme === 'rediss',
  }
}
