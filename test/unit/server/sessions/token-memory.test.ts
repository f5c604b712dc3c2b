/** Recently verified tokens are not verified again, but still expire in time. */
import jwt from 'jsonwebtoken'
import { createTokens } from '../../../../server/sessions/token'

const SECRET = 'Qm4xT9vLs2ZrN7yB5kHc8PdFgWaEe3Uo'
const START_MS = 1_790_000_000_000
const LIFE_MS = 60_000
const REMEMBERED = 5000

const createFresh = () =>
  createTokens({ jwtSecrets: [{ kid: 't1', secret: SECRET }], jwtSigningKeys: [] }, Date.now)
const namesOf = (sessionId: string) => ({ appid: 'wx1', userId: 'u1', sessionId })

let verifications: jest.SpyInstance
let nowMs: jest.SpyInstance
beforeEach(() => {
  verifications = jest.spyOn(jwt, 'verify')
  nowMs = jest.spyOn(Date, 'now').mockReturnValue(START_MS)
})

it('verifies a token once and gives the same result each time', () => {
  const tokens = createFresh()
  const token = tokens.sign(namesOf('s1'), START_MS, START_MS + LIFE_MS)
  const said = Array.from({ length: 3 }, () => tokens.verify(token))
  expect(said).toEqual([namesOf('s1'), namesOf('s1'), namesOf('s1')])
  expect(verifications).toHaveBeenCalledTimes(1)
})

it('refuses a cached token from its exact expiry on', () => {
  const tokens = createFresh()
  const token = tokens.sign(namesOf('s1'), START_MS, START_MS + LIFE_MS)
  tokens.verify(token)
  nowMs.mockReturnValue(START_MS + LIFE_MS - 1)
  expect(tokens.verify(token)).toEqual(namesOf('s1'))
  expect(verifications).toHaveBeenCalledTimes(1)
  nowMs.mockReturnValue(START_MS + LIFE_MS)
  expect(() => tokens.verify(token)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }))
})

it('caches nothing about a refused token', () => {
  const tokens = createFresh()
  const foreign = createTokens(
    {
      jwtSecrets: [{ kid: 't1', secret: `${SECRET}x` }],
      jwtSigningKeys: [],
    },
    Date.now,
  )
  const token = foreign.sign(namesOf('s1'), START_MS, START_MS + LIFE_MS)
  for (let tries = 0; tries < 2; tries++) {
    expect(() => tokens.verify(token)).toThrow(expect.objectContaining({ code: 'TOKEN_INVALID' }))
  }
})

it(`caches the last ${REMEMBERED} and evicts the oldest first`, () => {
  const tokens = createFresh()
  const signed = Array.from({ length: REMEMBERED + 1 }, (_, n) =>
    tokens.sign(namesOf(`s${n}`), START_MS, START_MS + LIFE_MS),
  )
  const [first = '', second = ''] = signed
  const costOf = (token: string): number => {
    verifications.mockClear()
    tokens.verify(token)
    return verifications.mock.calls.length
  }
  for (const token of signed.slice(0, REMEMBERED)) expect(costOf(token)).toBe(1)
  expect([costOf(first), costOf(second)]).toEqual([0, 0])
  expect(costOf(signed[REMEMBERED] ?? '')).toBe(1)
  expect([costOf(second), costOf(first)]).toEqual([0, 1])
})
