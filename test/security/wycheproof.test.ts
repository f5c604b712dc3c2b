/**
 * Runs Project Wycheproof's own cases if WYCHEPROOF_DIR names a checkout of
 * https://github.com/C2SP/wycheproof. forged-tokens.test.ts always tests the same classes of cases.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { JWT_SECRET, startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'
import { createForge } from './forge'
import type { Forge } from './forge'

interface Case {
  tcId: number
  result: 'valid' | 'invalid' | 'acceptable'
  jws?: unknown
  key?: string
  msg?: string
  tag?: string
}

const DIR = process.env['WYCHEPROOF_DIR']
const TEST_MS = 60_000
const HEADER = /^[\x21-\x7e\x80-\xff]+$/

function casesOf(file: string): Case[] {
  const text = readFileSync(join(DIR ?? '', 'testvectors_v1', file), 'utf8')
  const { testGroups } = JSON.parse(text) as { testGroups: { tests: Case[] }[] }
  return testGroups.flatMap(({ tests }) => tests)
}

const suite = DIR === undefined ? describe.skip : describe
suite('Wycheproof', () => {
  let bff: TestBff
  let token: string
  let forge: Forge
  beforeAll(async () => {
    bff = await startTestBff()
    token = (await bff.login()).body.token
    forge = createForge(token, JWT_SECRET)
  })
  afterAll(() => bff.stop())

  it.each(['json_web_signature_test.json', 'json_web_crypto_test.json', 'json_web_key_test.json'])(
    'accepts none of %s',
    async (file) => {
      const tokens = casesOf(file).map(({ jws }) =>
        typeof jws === 'string' ? jws : JSON.stringify(jws ?? ''),
      )
      const sent = tokens.filter((text) => HEADER.test(text) && text.length < 8000)
      expect(sent.length).toBeGreaterThan(20)
      for (const text of sent) {
        const { status, body } = await bff.get('/v1/me', text)
        expect([text, status, body.error.code]).toEqual([text, 401, 'TOKEN_INVALID'])
      }
    },
    TEST_MS,
  )

  it(
    'verifies the MAC with hmac_sha256_test.json, and accepts none of its tags',
    async () => {
      const cases = casesOf('hmac_sha256_test.json')
      expect(cases.length).toBeGreaterThan(100)
      for (const { tcId, result, key = '', msg = '', tag = '' } of cases) {
        const given = Buffer.from(tag, 'hex')
        const made = createHmac('sha256', Buffer.from(key, 'hex'))
          .update(Buffer.from(msg, 'hex'))
          .digest()
        const isSame = timingSafeEqual(made.subarray(0, given.length), given)
        expect([tcId, isSame]).toEqual([tcId, result === 'valid'])
        const forged = `${forge.parts.head}.${forge.parts.body}.${given.toString('base64url')}`
        expect([tcId, (await bff.get('/v1/me', forged)).status]).toEqual([tcId, 401])
      }
    },
    TEST_MS,
  )
})
