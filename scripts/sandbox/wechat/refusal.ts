/**
 * WeChat's errors: an errcode and a text with a request id. The texts are those that WeChat is known to
 * answer.
 */
import { randomHex } from '../world/random'

const TEXTS: Readonly<Record<number, string>> = {
  [-1]: 'system error',
  0: 'ok',
  40001: 'invalid credential, access_token is invalid or not latest',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40013: 'invalid appid',
  40014: 'invalid access_token',
  40029: 'invalid code',
  40030: 'invalid refresh_token',
  40066: 'invalid url',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40129: 'invalid scene',
  40163: 'code been used',
  40169: 'invalid length for scene, or the data is not json string',
  40164: 'invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist',
  40226: 'code blocked',
  40243: 'appsecret is frozen',
  41001: 'access_token missing',
  41002: 'appid missing',
  41003: 'refresh_token missing',
  41004: 'appsecret missing',
  41008: 'missing code',
  41009: 'missing openid',
  41030: 'invalid page',
  42001: 'access_token expired',
  42002: 'refresh_token expired',
  42003: 'oauth_code expired',
  42007: 'access_token and refresh_token exception',
  43001: 'require GET method',
  43002: 'require POST method',
  43003: 'require https',
  43104: 'appid and openid not match',
  44002: 'empty post data',
  44991: 'reach max api minute limit',
  45002: 'content size out of limit',
  45009: 'reach max api daily quota limit',
  45011: 'api minute-quota reach limit mustslower retry next minute',
  45035: 'access clientip is not registered',
  47001: 'data format error',
  48001: 'api unauthorized',
  48004: 'api forbidden',
  50001: 'user unauthorized',
  50002: 'user limited',
  50004: 'token interface forbidden',
  50007: 'account frozen',
  61004: 'access clientip is not registered',
  61010: 'code is expired',
  87007: 'session_key is not existd or expired',
  87008: 'invalid sig_method',
  87009: 'invalid signature',
  87014: 'risky content',
  89002: 'open not exists',
  89300: 'invalid trade',
  89503: 'admin confirm required for this ip',
  89506: 'this ip was refused by admin within 24 hours',
  89507: 'this ip was refused by admin within 1 hour',
}

/** Thrown by an endpoint to answer an errcode. */
export class Refusal extends Error {
  readonly errcode: number

  constructor(errcode: number) {
    super(TEXTS[errcode] ?? 'refused by the sandbox')
    this.errcode = errcode
  }
}

/** A request id: Unix seconds and two random groups, in hex. */
function createRid(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0')
  return `${seconds}-${randomHex(8)}-${randomHex(8)}`
}

/** Under /sns/ there is a comma before the rid, elsewhere only a blank. */
export function errorBody(
  path: string,
  errcode: number,
  text: string,
  nowMs: number,
): { errcode: number; errmsg: string } {
  if (errcode === 0) return { errcode, errmsg: text }
  const glue = path.startsWith('/sns/') ? ', rid: ' : ' rid: '
  return { errcode, errmsg: `${text}${glue}${createRid(nowMs)}` }
}
