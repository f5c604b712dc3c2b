/** What an endpoint of WeChat is here: a function from a request to a JSON object, or a Refusal. */
import type { Answer } from '../http'
import { findApp, secretOf } from '../world/apps'
import type { App } from '../world/apps'
import type { Account } from '../world/people'
import type { World } from '../world/world'
import { Refusal } from './refusal'

export interface WechatRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  /** The Cookie header; only the consent page reads it. */
  readonly cookies: string
}

/** An answer and how it is called in the list of calls. */
export interface WechatAnswer extends Answer {
  readonly outcome: string
}

export type WechatJson = Record<string, unknown>

/** Answers, or throws a Refusal. */
export type Endpoint = (world: World, request: WechatRequest) => WechatJson

export const OK = { errcode: 0, errmsg: 'ok' }

/** A text that must be there: its absence is this errcode. */
export function requireText(value: unknown, errcode: number): string {
  if (typeof value !== 'string' || value === '') throw new Refusal(errcode)
  return value
}

/** The app of these credentials: 41002 and 41004 when missing, 40013 and 40125 when wrong. */
export function requireApp(appid: unknown, secret: unknown): App {
  const givenAppid = requireText(appid, 41002)
  const givenSecret = requireText(secret, 41004)
  const app = findApp(givenAppid)
  if (app === null) throw new Refusal(40013)
  if (givenSecret !== secretOf(app)) throw new Refusal(40125)
  return app
}

/** The appid whose access_token came with the request: 41001 missing, 40001 invalid, 42001 expired. */
export function requireTokenAppid(world: World, { query }: WechatRequest): string {
  const token = world.accessTokens.judge(requireText(query.get('access_token'), 41001))
  if (token === 'invalid') throw new Refusal(40001)
  if (token === 'expired') throw new Refusal(42001)
  return token.appid
}

/** The person behind an openid of this app. Unknown is 40003, another app's is `foreignErrcode`. */
export function requireAccount(
  world: World,
  appid: string,
  openid: unknown,
  foreignErrcode = 40003,
): Account {
  const account = world.people.findByOpenid(requireText(openid, 40003))
  if (account === null) throw new Refusal(40003)
  if (account.appid !== appid) throw new Refusal(foreignErrcode)
  return account
}

/** A JSON object, or null when the text is none. */
export function parseJsonObject(body: string): WechatJson | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : null
  } catch {
    return null
  }
}

/** Parameters of a GET, or of a POST as query, form or JSON. */
export function readParameters({ query, body }: WechatRequest): (name: string) => unknown {
  const fields = parseJsonObject(body) ?? Object.fromEntries(new URLSearchParams(body))
  return (name) => query.get(name) ?? fields[name] ?? null
}

/** The fields of a POST: 44002 when there is no body, 47001 when it is no JSON object. */
export function requireFields({ body }: WechatRequest): WechatJson {
  if (body === '') throw new Refusal(44002)
  const fields = parseJsonObject(body)
  if (fields === null) throw new Refusal(47001)
  return fields
}
