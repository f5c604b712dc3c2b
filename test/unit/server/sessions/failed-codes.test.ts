/**
 * Bad codes per address: 20 a minute, including those in flight, and good ones are never blocked.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoginContext } from '../../../../server/login/context'
import { identifyByCode } from '../../../../server/login/login'
import { createExchangeSlots } from '../../../../server/sessions/exchange-slots'
import { createFailedCodes, FAILED_CODES_RULE } from '../../../../server/sessions/failed-codes'
import { createSpentCodes } from '../../../../server/spent-codes'
import { WechatError } from '../../../../server/wechat/wechat-error'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

describe('failed codes', () => {
  let bff: TestBff
  beforeEach(async () => {
    bff = await startTestBff({ TRUST_PROXY: '1' })
  })
  afterEach(() => bff.stop())

  const login = (code: string, address: string) =>
    bff.call('/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `9.9.9.9, ${address}` },
      body: JSON.stringify({ code }),
    })

  it('are limited to 20 per minute and address; successes never count, and other addresses are not affected', async () => {
    for (let i = 0; i < 25; i++) {
      expect((await login(await bff.newCode(`person${i}`), '1.2.3.4')).status).toBe(200)
    }
    for (let i = 0; i < 20; i++) expect((await login(`bad${i}`, '1.2.3.4')).status).toBe(400)
    const code = await bff.newCode()
    const limited = await login(code, '1.2.3.4')
    expect([limited.status, limited.body.error.code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await login(code, '1.2.3.5')).status).toBe(200)
    bff.clock.offsetMs = 61_000
    expect((await login('bad', '1.2.3.4')).status).toBe(400)
  })

  it('stop a burst as well: queued codes are not sent and not spent', async () => {
    const good = await bff.newCode()
    // All arrive before the first is answered.
    const slow = { path: '/sns/jscode2session', mode: 'delay', delayMs: 1000, times: 300 }
    await bff.control('faults', slow)
    const burst = Array.from({ length: 200 }, (_, i) => login(`bad${i}`, '1.2.3.4'))
    const late = login(good, '1.2.3.4')
    const statuses = (await Promise.all(burst)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
    expect(statuses.filter((status) => status === 400)).toHaveLength(20)
    expect((await late).status).toBe(429)
    bff.clock.offsetMs = 61_000
    expect((await login(good, '1.2.3.4')).status).toBe(200)
  })

  it('are those that WeChat refused: a repeated code does not count', async () => {
    const code = await bff.newCode()
    expect((await login(code, '1.2.3.4')).status).toBe(200)
    for (let i = 0; i < 25; i++) {
      expect((await login(code, '1.2.3.4')).body.error.code).toBe('WX_CODE_USED')
    }
    expect((await login(await bff.newCode(), '1.2.3.4')).status).toBe(200)
  })
})

describe('exchanges of one address', () => {
  const start = () => {
    const clock = { ms: 0 }
    const slots = createExchangeSlots(FAILED_CODES_RULE, () => clock.ms)
    return { clock, slots, codes: createFailedCodes(slots) }
  }
  const bad = async () => {
    await delay(5)
    throw new WechatError(40029, null)
  }
  const outcomeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'good',
      (error: unknown) => (error as { code: string }).code,
    )

  it('with bad codes reach WeChat 20 times, of 150 at once', async () => {
    const { codes } = start()
    const sent = jest.fn(bad)
    const outcomes = await Promise.all(
      Array.from({ length: 150 }, () => outcomeOf(codes.run('a', sent))),
    )
    expect(sent).toHaveBeenCalledTimes(20)
    expect(outcomes.filter((outcome) => outcome === 'RATE_LIMITED')).toHaveLength(130)
  })

  it('with good codes all pass, soon more than 20 at a time and never more than 100', async () => {
    const { codes } = start()
    const running = { now: 0, most: 0 }
    const good = async () => {
      running.now += 1
      running.most = Math.max(running.most, running.now)
      await delay(5)
      running.now -= 1
    }
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () => outcomeOf(codes.run('a', good))),
    )
    expect(outcomes.every((outcome) => outcome === 'good')).toBe(true)
    expect(running.most).toBe(100)
  })

  it('are queued up to 600 at once, and one more is refused', async () => {
    const { codes } = start()
    const hang = () => delay(200)
    const first = Array.from({ length: 600 }, () => outcomeOf(codes.run('a', hang)))
    expect(await Promise.race([outcomeOf(codes.run('a', hang)), delay(100, 'waits')])).toBe(
      'OVERLOADED',
    )
    expect(new Set(await Promise.all(first))).toEqual(new Set(['good']))
  })

  it('wait in the queue and for WeChat within 7 s in total', async () => {
    const exchange = jest.fn(() =>
      Promise.resolve({ openid: 'o1', unionid: null, sessionKey: 'k', sentAtMs: 1 }),
    )
    const context = {
      apps: [{ appid: 'wx1', secret: 'secret', type: 'miniprogram' }],
      store: { assertWritable: () => Promise.resolve() },
      wechat: { exchangeCode: exchange },
      sealer: { seal: () => '' },
      spentCodes: createSpentCodes(() => 0),
      failedCodes: {
        run: async (_block: string, work: () => Promise<unknown>) => {
          await delay(300)
          return work()
        },
      },
      now: () => 1,
    } as unknown as LoginContext
    const startedAtMs = performance.now()
    await identifyByCode(context, { code: 'c', addressBlock: 'a' })
    const [, , deadlineMs] = exchange.mock.calls[0] as unknown as [unknown, unknown, number]
    expect(deadlineMs - startedAtMs).toBeLessThan(7200)
  })

  it('that wait in vain are told to retry, and others are not affected', async () => {
    const { codes } = start()
    const hang = () => delay(4000)
    const running = Array.from({ length: 20 }, () => outcomeOf(codes.run('a', hang)))
    const waiting = outcomeOf(codes.run('a', hang))
    expect(await outcomeOf(codes.run('b', () => Promise.resolve()))).toBe('good')
    expect(await waiting).toBe('OVERLOADED')
    await Promise.all(running)
  })

  it('start soon after another process has finished its own', async () => {
    const { codes, slots } = start()
    const theirs = await Promise.all(Array.from({ length: 20 }, () => slots.enter('a', 0)))
    const waiting = outcomeOf(codes.run('a', () => Promise.resolve()))
    await delay(20)
    for (const entry of theirs) {
      if (entry !== 'full' && 'slot' in entry) await slots.leave('a', entry.slot, false)
    }
    expect(await waiting).toBe('good')
  })

  it('count for a minute by their own clock', async () => {
    const { clock, codes } = start()
    for (let i = 0; i < 20; i++) await outcomeOf(codes.run('a', bad))
    clock.ms = 59_999
    expect(await outcomeOf(codes.run('a', bad))).toBe('RATE_LIMITED')
    clock.ms = 60_001
    expect(await outcomeOf(codes.run('a', bad))).toBe('WX_CODE_INVALID')
  })
})
