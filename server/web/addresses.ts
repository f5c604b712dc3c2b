/** Which addresses this service sends browsers to, and which origins may call it with a cookie. */
import { invalidRequest } from '../errors'

const MAX_CHARACTERS = 512

export interface WebAddresses {
  /** This service as browsers see it, without a slash at the end. */
  publicUrl: string
  /** Exact origins of pages elsewhere that may use the web session. */
  origins: readonly string[]
}

export interface Addresses {
  readonly publicUrl: string
  /** The cookie needs TLS, except on loopback. */
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

/** Browsers drop tabs and line ends and read a backslash as a slash: none may stand in an address. */
const isPlain = (text: string): boolean => /^[!-[\]-~]+$/.test(text)

/** A path that a browser reads as one: `//host` and `/%5c…` lead elsewhere in some. */
function isPath(to: string): boolean {
  if (!to.startsWith('/')) return false
  try {
    const decoded = decodeURIComponent(to)
    return !/^\/[/\\\s]/.test(decoded) && !/\p{Cc}/u.test(decoded)
  } catch {
    return false
  }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

export function createAddresses({ publicUrl, origins }: WebAddresses): Addresses {
  const own = new URL(publicUrl)
  const allowed = new Set(origins)
  const isOwnOrAllowed = (origin: string) => origin === own.origin || allowed.has(origin)

  return {
    publicUrl,
    isSecure: own.protocol === 'https:',
    isOwnOrAllowed,
    isAllowed: (origin) => allowed.has(origin),

    parseReturnAddress(to) {
      if (typeof to !== 'string' || to.length > MAX_CHARACTERS || !isPlain(to)) {
        throw invalidRequest('to', `must be an address of at most ${MAX_CHARACTERS} characters`)
      }
      if (isPath(to)) return to
      // `https:host` without slashes is a URL as well: only the usual form is taken.
      const url = /^https?:\/\/[^/\\]/.test(to) ? parseUrl(to) : null
      const isPlainUrl = url !== null && url.username === '' && url.password === ''
      if (isPlainUrl && isOwnOrAllowed(url.origin)) return url.href
      throw invalidRequest('to', 'must be a path of this service or a URL of an allowed origin')
    },
  }
}

/** Adds `login=denied` or the like for the page that the browser returns to. */
export function withOutcome(to: string, outcome: string): string {
  const [address = '', fragment] = to.split('#', 2)
  const separator = address.includes('?') ? '&' : '?'
  return `${address}${separator}login=${outcome}${fragment === undefined ? '' : `#${fragment}`}`
}
