/** The contract's tokens: JWT, HS256, signed with this browser's key. */
import { fromBase64, fromHex, hmacSha256Hex, isEqual, toBase64Url } from '../crypto'
import { ApiError } from './api-error'
import type { SessionRow } from './store'

const encode = (value: object): string =>
  toBase64Url(new TextEncoder().encode(JSON.stringify(value)))

const HEADER = encode({ alg: 'HS256', typ: 'JWT', kid: 'page' })
const seconds = (ms: number): number => Math.floor(ms / 1000)

const sign = (key: string, text: string): string =>
  `${text}.${toBase64Url(fromHex(hmacSha256Hex(key, text)))}`

export function createToken(key: string, appid: string, session: SessionRow): string {
  const { id: sid, userId: sub, createdAtMs, expiresAtMs } = session
  const times = { iat: seconds(createdAtMs), exp: seconds(expiresAtMs) }
  return sign(key, `${HEADER}.${encode({ iss: 'wechat-login', aud: appid, sub, sid, ...times })}`)
}

const invalid = (): ApiError =>
  new ApiError('TOKEN_INVALID', 'The token is not one of this service.')

/**
 * The token of a request: only from this header, which may occur once. @throws ApiError
 * TOKEN_MISSING, TOKEN_INVALID
 */
export function readBearer(headers: Headers): string {
  const header = headers.get('authorization') ?? ''
  if (!/^bearer(\s|$)/i.test(header)) {
    const message = 'This route needs the header "Authorization: Bearer <token>".'
    throw new ApiError('TOKEN_MISSING', message)
  }
  const token = /^bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1]
  if (token === undefined) throw invalid()
  return token
}

/**
 * The session of a token. The payload needs no validation after the signature check, because nobody
 * else has the key.
 * @throws ApiError TOKEN_INVALID, TOKEN_EXPIRED
 */
export function verifyToken(key: string, token: string, nowMs: number): { sessionId: string } {
  const text = token.slice(0, token.lastIndexOf('.'))
  if (!isEqual(sign(key, text), token)) throw invalid()
  const body = (text.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  const bytes = fromBase64(body)
  const { sid, exp } = JSON.parse(new TextDecoder().decode(bytes)) as { sid: string; exp: number }
  if (exp * 1000 <= nowMs) throw new ApiError('TOKEN_EXPIRED', 'The token has expired.')
  return { sessionId: sid }
}
