/** A failing WeChat endpoint affects only its own routes. */
import type { ServerResponse } from 'node:http'
import { newDeadline } from '../../../../server/wechat/endpoint'
import { createWechat } from '../../../../server/wechat/wechat'
import type { Wechat } from '../../../../server/wechat/wechat'
import { NotSentError, WechatError } from '../../../../server/wechat/wechat-error'
import { startStandInWechat } from '../../../support/stand-in-wechat'
import type { StandInWechat } from '../../../support/stand-in-wechat'
import { until } from '../../../support/until'

const APP = { appid: 'wx5a6dbc0000000001', secret: 'secret', type: 'miniprogram' } as const
const LOGIN = '/sns/jscode2session'
const SESSION_CHECK = '/wxa/checksession'
const PHONE = '/wxa/business/getuserphonenumber'
const IDENTITY = { openid: 'o1', session_key: 'tiihtNczf5v6AKRyjwEUhQ==' }
const hang = () => undefined
const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error as { code: string }).code,
  )

let upstream: StandInWechat
let wechat: Wechat
let offsetMs = 0
beforeEach(async () => {
  offsetMs = 0
  upstream = await startStandInWechat()
  upstream.answer('/cgi-bin/stable_token', { access_token: 'T1', expires_in: 7200 })
  upstream.answer(LOGIN, IDENTITY)
  const now = () => Date.now() + offsetMs
  wechat = createWechat({ baseUrl: upstream.url, timeoutMs: 3000, now })
})
afterEach(async () => {
  await wechat.close()
  upstream.close()
})

it('700 hanging session checks do not affect logins', async () => {
  upstream.answer(SESSION_CHECK, hang)
  const checks = times(700, () => codeOf(wechat.checkSession(APP, 'o1', 'key')))
  await until(() => upstream.seen(SESSION_CHECK).length >= 30)
  for (let n = 0; n < 40; n += 1) {
    expect(await codeOf(wechat.exchangeCode(APP, `c${n}`, newDeadline()))).toBe('ok')
  }
  expect(new Set(await Promise.all(checks))).toEqual(new Set(['WX_UNAVAILABLE', 'OVERLOADED']))
  // Thirty at once, and one more after each failure until the fifth opens the breaker.
  expect(upstream.seen(SESSION_CHECK).length).toBeLessThanOrEqual(34)
  expect(await codeOf(wechat.exchangeCode(APP, 'after', newDeadline()))).toBe('ok')
  expect(wechat.breakerState()).toBe('closed')
})

it('a call waits for its turn as long as it could still take its whole time limit afterwards', async () => {
  const quick = createWechat({ baseUrl: upstream.url, timeoutMs: 1000, now: Date.now })
  const answerLater = (res: ServerResponse) =>
    void setTimeout(() => res.end(JSON.stringify(IDENTITY)), 300)
  upstream.answer(LOGIN, answerLater)
  // The last of them wait for four rounds of 0.3 s, longer than a call may take.
  const exchanges = times(500, (n) => codeOf(quick.exchangeCode(APP, `c${n}`, newDeadline())))
  expect(new Set(await Promise.all(exchanges))).toEqual(new Set(['ok']))
  await quick.close()
})

it('waiting in the queue opens no breaker, and a code is sent when its turn comes', async () => {
  const waiting: ServerResponse[] = []
  upstream.answer(LOGIN, (res: ServerResponse) => void waiting.push(res))
  const first = times(100, (n) => codeOf(wechat.exchangeCode(APP, `c${n}`, newDeadline())))
  const late = wechat.exchangeCode(APP, 'late', newDeadline())
  await until(() => waiting.length === 100)
  const releasedAtMs = Date.now()
  upstream.answer(LOGIN, IDENTITY)
  waiting.forEach((res) => res.end(JSON.stringify(IDENTITY)))
  expect(new Set(await Promise.all(first))).toEqual(new Set(['ok']))
  expect((await late).sentAtMs).toBeGreaterThanOrEqual(releasedAtMs)
  expect(wechat.breakerState()).toBe('closed')
})

it('an errcode about the person opens no breaker, -1 opens one', async () => {
  const check = () => codeOf(wechat.checkNickname(APP, 'o1', '小明'))
  const CONTENT_CHECK = '/wxa/msg_sec_check'
  upstream.answer(CONTENT_CHECK, { errcode: 61010, errmsg: 'inactive' })
  for (let n = 0; n < 8; n += 1) expect(await check()).toBe('WX_UNAVAILABLE')
  expect(upstream.seen(CONTENT_CHECK)).toHaveLength(8)
  upstream.answer(CONTENT_CHECK, { errcode: -1, errmsg: 'system error' })
  for (let n = 0; n < 8; n += 1) expect(await check()).toBe('WX_UNAVAILABLE')
  expect(upstream.seen(CONTENT_CHECK)).toHaveLength(8 + 5)
})

it('reports whether a phone code was sent', async () => {
  const exchange = () => wechat.getPhoneNumber(APP, 'code', 'o1')
  upstream.answer('/cgi-bin/stable_token', { errcode: 40125, errmsg: 'invalid appsecret' })
  const noToken = { code: 'WX_MISCONFIGURED', errcode: 40125, alert: true }
  await expect(exchange()).rejects.toMatchObject(noToken)
  await expect(exchange()).rejects.toBeInstanceOf(NotSentError)
  offsetMs += 5000
  upstream.answer('/cgi-bin/stable_token', { access_token: 'T1', expires_in: 7200 })
  upstream.answer(PHONE, (res: ServerResponse) => res.end('<html>'))
  for (let n = 0; n < 5; n += 1) await expect(exchange()).rejects.not.toBeInstanceOf(NotSentError)
  await expect(exchange()).rejects.toBeInstanceOf(NotSentError)
  expect(upstream.seen(PHONE)).toHaveLength(5)
})

it.each([
  ['no new access token is to be had', { errcode: 40125 }, 40125],
  ['WeChat does not answer for one', (res: ServerResponse) => res.end('<html>'), 0],
])('reports that a phone code was sent even if %s for the retry', async (_why, answer, errcode) => {
  upstream.answer(PHONE, (res: ServerResponse) => {
    upstream.answer('/cgi-bin/stable_token', answer)
    res.end('{"errcode":42001}')
  })
  const error: unknown = await wechat.getPhoneNumber(APP, 'code', 'o1').catch((e: unknown) => e)
  expect(error).toBeInstanceOf(WechatError)
  expect(error).not.toBeInstanceOf(NotSentError)
  expect(error).toMatchObject({ errcode, status: 503, alert: errcode !== 0 })
  expect(upstream.seen(PHONE)).toHaveLength(1)
})

it('remembers for 5 s that WeChat refuses an access token or a ticket', async () => {
  const [TOKEN, TICKET] = ['/cgi-bin/stable_token', '/cgi-bin/ticket/getticket']
  const ask = async () => {
    for (let n = 0; n < 3; n += 1) {
      expect(await codeOf(wechat.getJsapiTicket(APP))).toBe('WX_MISCONFIGURED')
    }
    return [upstream.seen(TOKEN).length, upstream.seen(TICKET).length]
  }
  upstream.answer(TOKEN, { errcode: 40164 })
  expect(await ask()).toEqual([1, 0])
  upstream.answer(TOKEN, { access_token: 'T1', expires_in: 7200 })
  upstream.answer(TICKET, { errcode: 48001 })
  offsetMs += 5000
  expect(await ask()).toEqual([2, 1])
  offsetMs -= 3_600_000
  expect(await ask()).toEqual([2, 2])
})

it('a host that accepts no connection received nothing, and opens the breaker too', async () => {
  const listening = await startStandInWechat()
  listening.close()
  const refused = createWechat({ baseUrl: listening.url, timeoutMs: 3000 })
  for (let n = 0; n < 5; n += 1) {
    const error: unknown = await refused
      .exchangeCode(APP, `c${n}`, newDeadline())
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(NotSentError)
    expect(error).toMatchObject({
      code: 'WX_UNAVAILABLE',
      message: 'WeChat is not available: the connection failed.',
    })
  }
  expect(refused.breakerState()).toBe('open')
  await refused.close()
})

it('fetches a new access token once when WeChat refuses the first, without forcing it', async () => {
  const tokens = ['T1', 'T2']
  upstream.answer('/cgi-bin/stable_token', (res: ServerResponse) =>
    res.end(JSON.stringify({ access_token: tokens.shift(), expires_in: 7200 })),
  )
  upstream.answer(SESSION_CHECK, (res: ServerResponse, { query }) =>
    res.end(JSON.stringify({ errcode: query.get('access_token') === 'T2' ? 0 : 40001 })),
  )
  expect(await wechat.checkSession(APP, 'o1', 'key')).toBe(true)
  expect(await wechat.checkSession(APP, 'o1', 'key')).toBe(true)
  const asked = upstream.seen('/cgi-bin/stable_token').map(({ body }) => JSON.parse(body) as object)
  const { appid, secret } = APP
  expect(asked).toEqual(times(2, () => ({ grant_type: 'client_credential', appid, secret })))
  expect(upstream.seen(SESSION_CHECK)).toHaveLength(3)
})
