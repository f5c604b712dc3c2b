/** WeChat's refusals as clients and operators see them: codes kept or spent, alerts, delays. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { User } from '../../../../typings/api'
import { newDeadline } from '../../../../server/wechat/endpoint'
import { createWechat } from '../../../../server/wechat/wechat'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

const fault = (bff: TestBff, path: string, body: object) => bff.control('faults', { path, ...body })

describe('an errcode', () => {
  let bff: TestBff
  beforeEach(async () => {
    bff = await startTestBff()
  })
  afterEach(() => bff.stop())

  it.each([45035, 61004])('%i is a misconfiguration, logged as an alert', async (errcode) => {
    await fault(bff, '/sns/jscode2session', { mode: 'errcode', errcode })
    const answer = await bff.send('POST', '/v1/login', { code: await bff.newCode() })
    expect([answer.status, answer.body.error.code]).toEqual([503, 'WX_MISCONFIGURED'])
    expect(bff.logger.lines).toContainEqual(expect.objectContaining({ errcode, alert: true }))
  })

  it('44991 is the quota per minute', async () => {
    await fault(bff, '/sns/jscode2session', { mode: 'errcode', errcode: 44991 })
    const answer = await bff.send('POST', '/v1/login', { code: await bff.newCode() })
    expect(answer.body.error.code).toBe('WX_QUOTA')
    expect(answer.headers.get('retry-after')).toBe('60')
  })
})

describe('a content check that WeChat refuses', () => {
  const change = async (policy: string) => {
    const bff = await startTestBff({ CONTENT_CHECK: policy })
    const { token } = (await bff.login()).body
    await fault(bff, '/wxa/msg_sec_check', { mode: 'errcode', errcode: 48001 })
    const { status, body } = await bff.send<User & { error?: { code: string } }>(
      'PUT',
      '/v1/me',
      { nickname: '小明' },
      token,
    )
    const alert = bff.logger.lines.find((line) => line.alert === true)
    await bff.stop()
    return { status, code: body.error?.code, nickname: body.nickname, errcode: alert?.errcode }
  }

  it('is reported to the operator, and does not block a lenient service', async () => {
    expect(await change('lenient')).toMatchObject({
      status: 200,
      nickname: '小明',
      errcode: 48001,
    })
  })

  it('is reported to the operator, and to the client by a strict one', async () => {
    expect(await change('strict')).toMatchObject({
      status: 503,
      code: 'WX_MISCONFIGURED',
      errcode: 48001,
    })
  })
})

describe('the code of the phone button', () => {
  let bff: TestBff
  let token: string
  beforeEach(async () => {
    bff = await startTestBff()
    token = (await bff.login()).body.token
  })
  afterEach(() => bff.stop())

  const newPhoneCode = async () =>
    (await bff.control<{ code: string }>('phone-code', { appid: APPID, user: 'alice' })).code
  const send = (code: string) => bff.send('POST', '/v1/me/phone', { code }, token)

  it('is not spent when no access token was available, because it was never sent', async () => {
    const code = await newPhoneCode()
    await fault(bff, '/cgi-bin/stable_token', { mode: 'status', status: 502, times: 1 })
    expect((await send(code)).body.error.code).toBe('WX_UNAVAILABLE')
    expect((await send(code)).status).toBe(200)
    expect((await send(code)).body.error.code).toBe('WX_CODE_USED')
  })

  it('is in flight while it is exchanged', async () => {
    const code = await newPhoneCode()
    await fault(bff, '/wxa/business/getuserphonenumber', { mode: 'delay', delayMs: 500 })
    const answers = await Promise.all([send(code), send(code), send(code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
  })
})

describe('waiting in the queue', () => {
  const waiting: ServerResponse[] = []
  const upstream = createServer((_req, res) => void waiting.push(res))
  beforeAll(async () => {
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
  })
  afterAll(() => {
    upstream.close()
    upstream.closeAllConnections()
  })

  it('ends early enough that queue and call stay within 7 s together', async () => {
    const { port } = upstream.address() as AddressInfo
    const wechat = createWechat({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 60_000 })
    const app = { appid: APPID, secret: 'secret', type: 'miniprogram' } as const
    const codes = Array.from({ length: 101 }, (_, i) =>
      wechat.exchangeCode(app, `c${i}`, newDeadline()).then(
        () => 'ok',
        (error: unknown) => (error as { code: string }).code,
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 4000))
    expect(waiting).toHaveLength(100)
    const answer = '{"openid":"o1","session_key":"tiihtNczf5v6AKRyjwEUhQ==","unionid":""}'
    waiting.splice(0).forEach((res) => res.end(answer))
    const outcomes = await Promise.all(codes)
    expect(outcomes.slice(0, 100)).toEqual(Array(100).fill('ok'))
    expect([outcomes[100], waiting.length]).toEqual(['OVERLOADED', 0])
    await wechat.close()
  })
})
