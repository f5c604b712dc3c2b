/** One request to a BFF. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ErrorBody, LoginAnswer, User } from '../../../typings/api'
import { newCode } from './wechat'
import type { App } from './wechat'

type Body = Partial<LoginAnswer & User & ErrorBody>

export interface Reply {
  status: number
  body: Body
}

/** Rejects when the connection breaks, for example because the BFF was killed. */
export async function ask(
  url: string,
  options: { method?: string; body?: object; token?: string } = {},
): Promise<Reply> {
  const { method = 'GET', body, token } = options
  const response = await fetch(url, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body }
}

/** With a new code. */
export const logIn = (url: string, app: App, person: string, isKnown = false): Promise<Reply> =>
  ask(`${url}/v1/login`, { method: 'POST', body: { code: newCode(person, isKnown), appid: app } })

const TRIES = 160
const PAUSE_MS = 250

/** Retries on 503, as a client does. A request answered 503 may still have taken effect. */
export async function comingBack(work: () => Promise<Reply>): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await work()
    if (reply.status !== 503 || tries === TRIES) return reply
    await delay(PAUSE_MS)
  }
}

export const readMe = (url: string, token: string): Promise<Reply> => ask(`${url}/v1/me`, { token })
