/** Parsers of client input: they never throw, and what they accept is valid. */
import fc from 'fast-check'
import { loginBody } from '../../../../server/login/routes'
import { phoneBody, updateMeBody, wechatProfileBody } from '../../../../server/profile/schemas'
import { deviceName } from '../../../../server/http/device'
import { addressBlock } from '../../../../server/http/client-address'
import { parseNickname } from '../../../../server/nickname'
import { parseAnswer } from '../../../../server/wechat/answer'
import { judgeCode2Session } from '../../../../server/wechat/code2session'
import { judgeContentCheck } from '../../../../server/wechat/content-check'
import { WechatError } from '../../../../server/wechat/wechat-error'
import { z } from 'zod'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

it('an accepted nickname is NFC, trimmed, visible and short, and parsing it again changes nothing', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { nickname } = parseNickname(text)
      if (nickname === null) return
      expect(nickname).toBe(nickname.normalize('NFC').trim())
      expect(nickname).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      expect(parseNickname(nickname).nickname).toBe(nickname)
    }),
    { numRuns: 2000 },
  )
})

it.each([
  ['login', loginBody],
  ['me', updateMeBody],
  ['profile', wechatProfileBody],
  ['phone', phoneBody],
])('the body of %s is accepted or refused, and unknown fields never pass', (_name, schema) => {
  fc.assert(
    fc.property(fc.anything(), (body) => {
      expect(typeof schema.safeParse(body).success).toBe('boolean')
    }),
  )
  fc.assert(
    fc.property(anyText, fc.jsonValue(), (name, value) => {
      fc.pre(!['code', 'appid', 'nickname'].includes(name))
      expect(schema.safeParse({ code: 'abc', [name]: value }).success).toBe(false)
    }),
  )
})

it('any answer of WeChat is classified', () => {
  const body = fc.oneof(anyText, fc.json(), fc.constantFrom('', 'null', '[]', '{"errcode":"0"}'))
  fc.assert(
    fc.property(body, fc.constantFrom(200, 302, 502), (text, status) => {
      try {
        parseAnswer({ status, body: Buffer.from(text) }, z.object({ openid: z.string() }))
        expect(status).toBe(200)
      } catch (error) {
        expect(error).toBeInstanceOf(WechatError)
      }
    }),
  )
})

const judge = (answer: object) =>
  judgeCode2Session({
    status: 200,
    body: Buffer.from(JSON.stringify(answer)),
    sentAtMs: 0,
  })

it('accepts an identity of any length, and none that a database could confuse with another', () => {
  const good = { openid: 'oA_b-1', session_key: 'c2hvcnQ=' }
  expect(judge(good)).toEqual({
    openid: 'oA_b-1',
    sessionKey: 'c2hvcnQ=',
    unionid: null,
    sentAtMs: 0,
  })
  expect(judge({ ...good, errcode: null, errmsg: 7, unionid: null }).unionid).toBeNull()
  expect(judge({ ...good, errcode: 0, unionid: 'u' }).unionid).toBe('u')
  for (const odd of ['', 'o ', 'o\0', '全', 'o'.repeat(129), 5]) {
    expect(() => judge({ ...good, openid: odd })).toThrow(WechatError)
    if (odd !== '') expect(() => judge({ ...good, unionid: odd })).toThrow(WechatError)
  }
  expect(() => judge({ openid: 'oA' })).toThrow(WechatError)
})

it('interprets the errcode of version 1 of the content check', () => {
  const check = (answer: object) =>
    judgeContentCheck({ status: 200, body: Buffer.from(JSON.stringify(answer)) })
  expect(check({ errcode: 87014, errmsg: 'risky content' })).toBe('risky')
  expect(check({ errcode: 0, result: { suggest: 'pass', label: 100 } })).toBe('pass')
  expect(() => check({ errcode: 61010 })).toThrow(WechatError)
})

it.each(['\ue415Tom', 'Tom\u200f', `${' '.repeat(1100)}a`, '\uf8ff'])(
  'a nickname may be %j, because WeChat returns such',
  (text) => {
    expect(parseNickname(text).nickname).toBe(text.trim())
  },
)

it('reads the rid in both of WeChat’s spellings', () => {
  for (const errmsg of [
    'invalid code, rid: 6312f81f-1e88b388-3f323ff0',
    'access_token expired rid: 6312f81f-1e88b388-3f323ff0',
  ]) {
    expect(() =>
      parseAnswer(
        { status: 200, body: Buffer.from(JSON.stringify({ errcode: 40029, errmsg })) },
        z.object({}),
      ),
    ).toThrow(expect.objectContaining({ rid: '6312f81f-1e88b388-3f323ff0', errcode: 40029 }))
  }
})

it('devices and addresses have a name for any header', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(deviceName(text).length).toBeGreaterThan(0)
    }),
  )
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      expect(addressBlock(address)).toMatch(/^[0-9a-f:]*::\/56$/)
    }),
  )
})
