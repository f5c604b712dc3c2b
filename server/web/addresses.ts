/** Checks which addresses browsers are sent to, and which origins may call this service with a cookie. */
import { invalidRequest } from '../errors'

const MAX_CHARACTERS = 512

export interface Addresses {
  readonly publicUrl: string
  /** True for https: the cookie needs TLS, except on loopback. */
  readonly isSecure: boolean
  /** Whether a page of this origin may use the web session. */
  isOwnOrAllowed(origin: string): boolean
  isAllowed(origin: string): boolean
  /**
   * @param to a path of this service, or a full URL of an origin that is allowed.
   * @throws ApiError INVALID_REQUEST for anything else.
   */
  parseReturnAddress(to: unknown): string
}

/** Browsers remove tabs and line breaks and read a backslash as a slash, so an address may contain none of them. */
const hasSafeCharacters = (text: string): boolean =>
  text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\\]/u.test(text)

/** `//host` leads to another host, and so does `/%5chost` behind a proxy that decodes it. */
const isPath = (to: string): boolean => /^\/(?![/\s]|%(?:[01][0-9a-f]|20|2f|5c|7f))/i.test(to)

/** A header must be ASCII, so other letters and blanks are percent-encoded, as a browser would do. */
const toAscii = (path: string): string => path.replace(/[^!-~]+/gu, encodeURIComponent)

/** Refuses `https:host` without slashes and a host in non-ASCII letters, both of which URL would accept. */
function parseUrl(text: string): URL | null {
  const [, host = ''] = /^https?:\/\/([^/?#]*)/.exec(text) ?? []
  if (!/^[!-~]+$/.test(host)) return null
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.username === '' && url.password === '' ? url : null
}

export function createAddresses({
  publicUrl,
  origins,
}: {
  publicUrl: string
  origins: readonly string[]
}): Addresses {
  const own = new URL(publicUrl)
  const allowed = new Set(origins)
  const isOwnOrAllowed = (origin: string) => origin === own.origin || allowed.has(origin)

  return {
    publicUrl,
    isSecure: own.protocol === 'https:',
    isOwnOrAllowed,
    isAllowed: (origin) => allowed.has(origin),

    parseReturnAddress(to) {
      if (typeof to !== 'string' || to.length > MAX_CHARACTERS || !hasSafeCharacters(to)) {
        throw invalidRequest('to', `must be an address of at most ${MAX_CHARACTERS} characters`)
      }
      if (isPath(to)) return toAscii(to)
      const url = parseUrl(to)
      if (url !== null && isOwnOrAllowed(url.origin)) return url.href
      throw invalidRequest('to', 'must be a path of this service or a URL of an allowed origin')
    },
  }
}

/**
 * Adds the outcome of a login, such as `login=denied`, for the page that the browser returns to. Replaces an
 * earlier outcome, because a page passes its own address when the person tries again.
 */
export function withOutcome(to: string, outcome: string): string {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(.*)$/.exec(to) ?? []
  const others = query.split('&').filter((pair) => pair !== '' && !/^login(=|$)/.test(pair))
  return `${path}?${[...others, `login=${outcome}`].join('&')}${fragment}`
}
