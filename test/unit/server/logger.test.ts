/** The hash of an openid in the log: the same for the same person, and of a key that seals nothing. */
import { createHmac } from 'node:crypto'
import { openidHasher } from '../../../server/logger'

const OPENID = 'oABC'
const dataKey = (text: string) => ({ kid: 'd1', key: Buffer.from(text.repeat(32)) })
const key = dataKey('k')

it('is the same for one openid and one key, and another for others', () => {
  const hash = openidHasher([key])
  expect(hash(OPENID)).toBe(openidHasher([key])(OPENID))
  expect(hash('oABD')).not.toBe(hash(OPENID))
  expect(openidHasher([dataKey('l'), key])(OPENID)).not.toBe(hash(OPENID))
})

it('is made with a key of its own, not with the one that seals', () => {
  const withDataKey = createHmac('sha256', key.key).update(OPENID).digest('base64url')
  const hash = openidHasher([key])(OPENID)
  expect(hash).toMatch(/^[\w-]{16}$/)
  expect(withDataKey.startsWith(hash)).toBe(false)
})
