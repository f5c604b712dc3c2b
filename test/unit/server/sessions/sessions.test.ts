/** WeChat's access token, which many requests share. */
import type { SessionCheckAnswer } from '../../../../typings/api'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

let bff: TestBff
beforeEach(async () => {
  bff = await startTestBff()
})
afterEach(() => bff.stop())

it('fetches one access token for many, and another when WeChat refuses it', async () => {
  const { token } = (await bff.login()).body
  const check = () => bff.get<SessionCheckAnswer>('/v1/session/check', token)
  const answers = await Promise.all(Array.from({ length: 8 }, check))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(await bff.callsTo('/cgi-bin/stable_token')).toBe(1)
  await bff.control('faults', {
    path: '/wxa/checksession',
    mode: 'errcode',
    errcode: 42001,
    times: 1,
  })
  expect((await check()).body).toEqual({ sessionKeyValid: true })
  expect(await bff.callsTo('/cgi-bin/stable_token')).toBe(2)
})
