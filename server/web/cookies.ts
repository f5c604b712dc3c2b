/** Cookies of the web session: read from a request, written to an answer, never with a Domain. */
import { createHash, randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'

const SECRET_BYTES = 32
/** 32 random bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** An unguessable value; only its hash is stored. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** True if the text has the format of a secret. */
export const isSecret = (text: string): boolean => SECRET.test(text)

/** The hash of a secret, which the database stores in its place. */
export const hashOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('base64url')

const pairsOf = ({ headers }: Request): string[][] =>
  (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2))

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
