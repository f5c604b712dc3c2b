/** An endpoint of WeChat is a function that returns a JSON object or a picture, or throws a Refusal. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Answer } from '../http'
import { sandboxSecret } from '../../lib/defaults'
import { findApp } from '../world/apps'
import type { App, AppType } from '../world/apps'
import type { Account } from '../world/people'
import type { World } from '../world/world'
import { Refusal } from './refusal'

export interface WechatRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  readonly headers: IncomingHttpHeaders
  /** Path and query as sent. */
  readonly target: string
  /** The named parts of the path. */
  readonly params: Readonly<Record<string, string>>
}

/** An answer and its outcome for the list of calls. */
export interface WechatAnswer extends Answer {
  readonly outcome: string
}

export type WechatJson = Record<string, unknown>

export type Endpoint = (world: World, request: WechatRequest) => WechatJson | Buffer

export const OK = { errcode: 0, errmsg: 'ok' }

/** Returns the text, or throws this errcode when it is missing. */
export function requireText(value: unknown, errcode: number): string {
  if (typeof value !== 'string' || value === '') throw new Refusal(errcode)
  return value
}

/** The app of these credentials. Missing ones are 41002 and 41004, wrong ones 40013 and 40125. */
export function requireApp(appid: unknown, secret: unknown): App {
  const givenAppid = requireText(appid, 41002)
  const givenSecret = requireText(secret, 41004)
  const app = findApp(givenAppid)
  if (app === null) throw new Refusal(40013)
  if (givenSecret !== sandboxSecret(app.appid)) throw new Refusal(40125)
  return app
}

/** The appid of the request's access_token: missing is 41001, invalid 40001, expired 42001. */
export function requireTokenAppid(world: World, { query }: WechatRequest): string {
  const token = world.accessTokens.judge(requireText(query.get('access_token'), 41001))
  if (token === 'invalid') throw new Refusal(40001)
  if (token === 'expired') throw new Refusal(42001)
  return token.appid
}

/** As requireTokenAppid, for an endpoint of one type of app: another type is 48001. */
export function requireTokenOf(world: World, request: WechatRequest, type: AppType): string {
  const appid = requireTokenAppid(world, request)
  if (findApp(appid)?.type !== type) throw new Refusal(48001)
  return appid
}

/** The account of an openid. An unknown one is 40003, another app's is `foreignErrcode`. */
export function requireAccount(
  world: Pick<World, 'people'>,
  appid: string,
  openid: unknown,
  foreignErrcode = 40003,
): Account {
  const account = world.people.findByOpenid(requireText(openid, 40003))
  if (account === null) throw new Refusal(40003)
  if (account.appid !== appid) throw new Refusal(foreignErrcode)
  return account
}

/** The JSON object in this text, or null. */
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

/** Reads parameters from the query, or from a body that is a form or JSON. */
export function readParameters({ query, body }: WechatRequest): (name: string) => unknown {
  const fields = parseJsonObject(body) ?? Object.fromEntries(new URLSearchParams(body))
  return (name) => query.get(name) ?? fields[name] ?? null
}

/** The fields of a JSON body: no body is 44002, no JSON object 47001. */
export function requireFields({ body }: WechatRequest): WechatJson {
  if (body === '') throw new Refusal(44002)
  const fields = parseJsonObject(body)
  if (fields === null) throw new Refusal(47001)
  return fields
}
