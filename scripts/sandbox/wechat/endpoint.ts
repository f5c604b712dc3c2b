/** What an endpoint of WeChat is here: a function from a request to a JSON object, or a Refusal. */
import { findApp, secretOf } from '../world/apps'
import type { App } from '../world/apps'
import type { World } from '../world/world'
import { Refusal } from './refusal'

export interface WechatRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

export type WechatJson = Record<string, unknown>

/** Answers, or throws a Refusal. */
export type Endpoint = (world: World, request: WechatRequest) => WechatJson

/** A parameter that must be there: its absence is this errcode. */
export function requireParameter(value: string | null | undefined, errcode: number): string {
  if (value === null || value === undefined || value === '') throw new Refusal(errcode)
  return value
}

/** The app of these credentials: 41002 and 41004 when missing, 40013 and 40125 when wrong. */
export function requireApp(appid: string | null, secret: string | null): App {
  const givenAppid = requireParameter(appid, 41002)
  const givenSecret = requireParameter(secret, 41004)
  const app = findApp(givenAppid)
  if (app === null) throw new Refusal(40013)
  if (givenSecret !== secretOf(app)) throw new Refusal(40125)
  return app
}
