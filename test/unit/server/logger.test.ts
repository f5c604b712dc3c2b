/**
 * The log's end, and the hash of an openid in it: the same for the same person, with a key that is used
 * for nothing else.
 */
import { createHmac } from 'node:crypto'
import { createLogger, openidHasher } from '../../../server/logger'

const OPENID = 'oABC'
const dataKey = (text: string) => ({ kid: 'd1', key: Buffer.from(text.repeat(32)) })
const key = dataKey('k')

it('is the same for one openid and key, and different for others', () => {
  const hash = openidHasher([key])
  expect(hash(OPENID)).toBe(openidHasher([key])(OPENID))
  expect(hash('oABD')).not.toBe(hash(OPENID))
  expect(openidHasher([dataKey('l'), key])(OPENID)).not.toBe(hash(OPENID))
})

it('uses its own key, not an encryption key', () => {
  const withDataKey = createHmac('sha256', key.key).update(OPENID).digest('base64url')
  const hash = openidHasher([key])(OPENID)
  expect(hash).toMatch(/^[\w-]{16}$/)
  expect(withDataKey.startsWith(hash)).toBe(false)
})

it('can be closed twice, as by a host that gets two signals', async () => {
  const logger = createLogger('error')
  await Promise.all([logger.close(), logger.close()])
  await logger.close()
})
