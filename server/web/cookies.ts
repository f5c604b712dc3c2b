/** Cookies of the web session: read from a request, written to an answer, never with a Domain. */
import type { Request, Response } from 'express'
import { isSecret } from './secrets'

/**
 * Removes only blanks and tabs before a name. `trim` would also remove the byte A0, so that a cookie of another
 * subdomain, whose `__Host-` browsers do not see behind that byte, would be read as ours.
 */
const pairsOf = ({ headers }: Request): string[][] =>
  (headers.cookie ?? '').split(';').map((pair) => pair.replace(/^[ \t]+/, '').split('=', 2))

const fullNameOf = (name: string, isSecure: boolean): string => (isSecure ? `__Host-${name}` : name)

/** @returns the names of the cookies that begin so, without `__Host-`; browsers send the oldest first. */
export function cookieNames(req: Request, start: string, isSecure: boolean): string[] {
  const fullStart = fullNameOf(start, isSecure)
  const names = pairsOf(req).map(([name = '']) => name)
  return names
    .filter((name) => name.startsWith(fullStart))
    .map((name) => start + name.slice(fullStart.length))
}

/**
 * @param name gets the prefix `__Host-` except on loopback: browsers accept that only over TLS from this host.
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
 */
export function createCookie(name: string, isSecure: boolean) {
  const fullName = fullNameOf(name, isSecure)
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`

  return {
    /** Null when it is absent, or does not have the format of a secret. */
    read(req: Request): string | null {
      const value = pairsOf(req).find(([key]) => key === fullName)?.[1]
      return value !== undefined && isSecret(value) ? value : null
    },
    write(res: Response, secret: string, maxAgeSeconds: number): void {
      res.append('Set-Cookie', `${fullName}=${secret}; Max-Age=${maxAgeSeconds}; ${attributes}`)
    },
    clear(res: Response): void {
      res.append('Set-Cookie', `${fullName}=; Max-Age=0; ${attributes}`)
    },
  }
}
