/** Calls to WeChat that one user may cause: 30 a minute of each kind; unsent ones do not count. */
import { createRateWindow } from '../../../../server/http/rate-window'
import { createCallLimit } from '../../../../server/profile/call-limit'
import { NotSentError } from '../../../../server/wechat/wechat-error'
import { startTestBff } from '../../../support/bff'

function start() {
  const clock = { ms: 0 }
  return { clock, limit: createCallLimit((_name, rule) => createRateWindow(rule, () => clock.ms)) }
}

it('are limited to 30 per minute, user and kind', async () => {
  const { clock, limit } = start()
  const call = jest.fn(() => Promise.resolve('asked'))
  for (let i = 0; i < 30; i++) expect(await limit('phone', 'u1', call)).toBe('asked')
  await expect(limit('phone', 'u1', call)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterSeconds: 60,
  })
  expect(await limit('session-check', 'u1', call)).toBe('asked')
  expect(await limit('phone', 'u2', call)).toBe('asked')
  clock.ms = 60_001
  expect(await limit('phone', 'u1', call)).toBe('asked')
  expect(call).toHaveBeenCalledTimes(33)
})

it('do not count when the call was not sent', async () => {
  const { limit } = start()
  const refuse = () => Promise.reject(new NotSentError('OVERLOADED', 'Too many.'))
  for (let i = 0; i < 40; i++) {
    await expect(limit('phone', 'u1', refuse)).rejects.toMatchObject({ code: 'OVERLOADED' })
  }
})

it('are limited over HTTP for session checks and nicknames', async () => {
  const bff = await startTestBff()
  const { token } = (await bff.login()).body
  const check = () => bff.get('/v1/session/check', token)
  const name = (i: number) => bff.send('PUT', '/v1/me', { nickname: `name ${i}` }, token)
  const checks = []
  const names = []
  for (let i = 0; i < 33; i++) {
    checks.push((await check()).status)
    names.push((await name(i)).status)
  }
  const expected = [...Array<number>(30).fill(200), 429, 429, 429]
  expect([checks, names]).toEqual([expected, expected])
  const calls = await fetch(`${bff.sandboxUrl}/__sandbox/calls`)
  const { counts } = (await calls.json()) as { counts: Record<string, number> }
  expect([counts['/wxa/checksession'], counts['/wxa/msg_sec_check']]).toEqual([30, 30])
  await bff.stop()
})
