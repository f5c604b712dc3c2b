/** Logins by the headers of 微信云托管, over real HTTP with a real SQLite file and the sandbox as WeChat. */
import type { ErrorBody, LoginAnswer, WechatProfileBody } from '../../../../typings/api'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { sendRaw } from '../../../support/raw-http'

const OPENID = 'oCloud00000000000000000alice'
const OTHER_APP = 'wxffffffffffffffff'

const alice = { 'X-WX-SOURCE': 'wx_client', 'X-WX-OPENID': OPENID, 'X-WX-APPID': APPID }

let bff: TestBff

const loginBy = <T = LoginAnswer>(headers: Record<string, string>, body: object = {}) =>
  bff.call<T>('/v1/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const refusalOf = async (headers: Record<string, string>, body: object = {}) => {
  const { status, body: answer } = await loginBy<ErrorBody>(headers, body)
  return [status, answer.error.code]
}

const exchanges = async () => {
  const answer = await fetch(`${bff.sandboxUrl}/__sandbox/calls`)
  const { counts } = (await answer.json()) as { counts: Record<string, number> }
  return counts['/sns/jscode2session'] ?? 0
}

const countPeople = () => bff.rows('SELECT * FROM identities').length

const warnings = () => bff.logger.lines.filter(({ msg }) => msg.includes('X-WX-*'))

describe('with TRUST_CLOUD_HEADERS=true', () => {
  const hooks = { onLogin: jest.fn(), resolveUser: jest.fn() }
  beforeAll(async () => {
    bff = await startTestBff({ TRUST_CLOUD_HEADERS: 'true', WECHAT_APPSECRET: undefined }, hooks)
  })
  afterAll(() => bff.stop())

  it('identifies the person by the headers, without a code, an AppSecret or a call to WeChat', async () => {
    const first = await loginBy({ ...alice, 'X-WX-UNIONID': 'UAlice' })
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ isNew: true, user: { openid: OPENID, unionid: 'UAlice' } })
    const again = await loginBy(alice)
    expect(again.body).toMatchObject({
      isNew: false,
      user: { id: first.body.user.id, unionid: 'UAlice' },
    })
    expect((await bff.get('/v1/me', again.body.token)).status).toBe(200)
    expect(await exchanges()).toBe(0)
  })

  it('passes extra to the hooks, asks them whose a new account is, and keeps the limit of 20 sessions', async () => {
    hooks.resolveUser.mockResolvedValueOnce('member-7')
    const zoe = { ...alice, 'X-WX-OPENID': 'oZoe' }
    const { body } = await loginBy(zoe, { extra: { scene: 1011 } })
    expect(body.user.id).toBe('member-7')
    expect(hooks.onLogin).toHaveBeenCalledWith(
      expect.objectContaining({ isNew: true, extra: { scene: 1011 } }),
    )
    for (let count = 0; count < 20; count += 1) await loginBy(zoe)
    const first = await bff.get('/v1/me', body.token)
    expect([first.status, first.body.error.code]).toEqual([401, 'SESSION_REVOKED'])
    hooks.resolveUser.mockResolvedValueOnce({ refuse: true })
    expect(await refusalOf({ ...alice, 'X-WX-OPENID': 'oStranger' })).toEqual([403, 'NOT_BOUND'])
  })

  it('identifies the person of a shared environment by X-WX-FROM-* only', async () => {
    const { body } = await loginBy({
      ...alice,
      'X-WX-APPID': OTHER_APP,
      'X-WX-UNIONID': 'UOwner',
      'X-WX-FROM-OPENID': 'oSharer',
      'X-WX-FROM-APPID': APPID,
    })
    expect(body.user).toMatchObject({ openid: 'oSharer', unionid: null })
    const ofOtherApp = { ...alice, 'X-WX-FROM-OPENID': 'oSharer', 'X-WX-FROM-APPID': OTHER_APP }
    expect(await refusalOf(ofOtherApp)).toEqual([400, 'INVALID_REQUEST'])
    const withoutApp = { ...alice, 'X-WX-FROM-OPENID': 'oSharer' }
    expect(await refusalOf(withoutApp)).toEqual([400, 'INVALID_REQUEST'])
  })

  it.each([
    ['no source', { 'X-WX-SOURCE': undefined }, {}],
    ['an empty source', { 'X-WX-SOURCE': '' }, {}],
    ['no openid', { 'X-WX-OPENID': undefined }, {}],
    ['an empty openid', { 'X-WX-OPENID': '' }, {}],
    ['no header at all', { 'X-WX-SOURCE': undefined, 'X-WX-OPENID': undefined }, { extra: {} }],
  ])('%s identifies nobody: TOKEN_MISSING', async (_what, change, body) => {
    const before = countPeople()
    const headers = Object.entries({ ...alice, ...change }).filter(
      ([, value]) => value !== undefined,
    )
    expect(await refusalOf(Object.fromEntries(headers) as Record<string, string>, body)).toEqual([
      401,
      'TOKEN_MISSING',
    ])
    expect(countPeople()).toBe(before)
  })

  it.each([
    ['an app that is not ours', { 'X-WX-APPID': OTHER_APP }, {}],
    ['no app', { 'X-WX-APPID': '' }, {}],
    ['another app in the body', {}, { appid: OTHER_APP }],
    ['two values that a proxy joined', { 'X-WX-OPENID': `${OPENID},oMallory` }, {}],
    ['a unionid with a blank', { 'X-WX-UNIONID': 'U 1' }, {}],
    ['a code that is none', {}, { code: 'not a code' }],
    ['an unknown field', {}, { openid: OPENID }],
  ])('%s: INVALID_REQUEST', async (_what, change, body) => {
    const before = countPeople()
    expect(await refusalOf({ ...alice, ...change }, body)).toEqual([400, 'INVALID_REQUEST'])
    expect(countPeople()).toBe(before)
  })

  it.each(['X-WX-OPENID', 'X-WX-APPID', 'X-WX-SOURCE', 'X-WX-UNIONID', 'X-WX-FROM-OPENID'])(
    '%s twice, even with equal values: INVALID_REQUEST',
    async (name) => {
      const before = countPeople()
      const from = { 'X-WX-FROM-OPENID': 'oNew', 'X-WX-FROM-APPID': APPID }
      const all = {
        ...alice,
        'X-WX-OPENID': 'oNew',
        'X-WX-UNIONID': 'UNew',
        ...(name in from && from),
      }
      const lines = Object.entries(all).map((pair) => pair.join(': '))
      const twice = [...lines, ...lines.filter((line) => line.startsWith(`${name}:`))]
      const raw = [
        'POST /v1/login HTTP/1.1',
        'Host: bff',
        'Content-Type: application/json',
        ...twice,
      ]
      const head = [...raw, 'Content-Length: 2', 'Connection: close', '', '{}']
      const { statuses, text } = await sendRaw(bff.url, head.join('\r\n'))
      expect(statuses).toEqual([400])
      expect(text).toContain(`"path":"header.${name.toLowerCase()}"`)
      expect(countPeople()).toBe(before)
    },
  )

  it('reports that a code needs the AppSecret, and alerts the operator', async () => {
    expect(await refusalOf(alice, { code: await bff.newCode() })).toEqual([503, 'WX_MISCONFIGURED'])
    expect(bff.logger.lines).toContainEqual(expect.objectContaining({ alert: true }))
  })

  it('documents a login whose code is optional', async () => {
    const { body } = await bff.get<{ paths: Record<string, unknown> }>('/openapi.json')
    expect(JSON.stringify(body.paths['/v1/login'])).not.toContain('"required":["code"]')
  })
})

describe('together with logins by code', () => {
  beforeAll(async () => {
    bff = await startTestBff({ TRUST_CLOUD_HEADERS: 'true' })
  })
  afterAll(() => bff.stop())

  interface Account {
    appid: string
    openid: string
  }
  async function openidOf(user: string): Promise<string> {
    await bff.newCode(user)
    const answer = await fetch(`${bff.sandboxUrl}/__sandbox/people`)
    const { people } = (await answer.json()) as { people: { user: string; accounts: Account[] }[] }
    const accounts = people.find((person) => person.user === user)?.accounts ?? []
    return accounts.find(({ appid }) => appid === APPID)?.openid ?? ''
  }

  async function sealedProfile() {
    const { rawData, signature, encryptedData, iv } = await bff.control<WechatProfileBody>(
      'open-data',
      { appid: APPID, user: 'alice', kind: 'profile' },
    )
    return { rawData, signature, encryptedData, iv }
  }
  const check = (token: string) =>
    bff.get<ErrorBody & { sessionKeyValid?: boolean }>('/v1/session/check', token)

  it('has no session_key until a login by code, and a later login by headers keeps it', async () => {
    const openid = await openidOf('alice')
    const byHeaders = await loginBy({ ...alice, 'X-WX-OPENID': openid })
    const stale = await check(byHeaders.body.token)
    expect([stale.status, stale.body.error.code]).toEqual([409, 'SESSION_KEY_STALE'])
    const sent = await bff.send(
      'POST',
      '/v1/me/wechat-profile',
      await sealedProfile(),
      byHeaders.body.token,
    )
    expect([sent.status, sent.body.error.code]).toEqual([409, 'SESSION_KEY_STALE'])

    const byCode = await bff.login('alice')
    expect(byCode.body.user.id).toBe(byHeaders.body.user.id)
    expect((await check(byHeaders.body.token)).body).toEqual({ sessionKeyValid: true })

    await loginBy({ ...alice, 'X-WX-OPENID': openid })
    expect((await check(byCode.body.token)).body).toEqual({ sessionKeyValid: true })
  })

  it('uses the code, not the headers, when both are sent', async () => {
    const { body } = await loginBy(alice, { code: await bff.newCode('bob') })
    expect(body.user.openid).not.toBe(OPENID)
  })
})

describe('without the setting', () => {
  beforeAll(async () => {
    bff = await startTestBff()
  })
  afterAll(() => bff.stop())

  it('logs nothing about requests without them', async () => {
    await bff.login()
    expect(warnings()).toEqual([])
  })

  it('ignores the headers, and logs that once', async () => {
    expect(await refusalOf(alice)).toEqual([400, 'INVALID_REQUEST'])
    expect((await loginBy(alice, { code: await bff.newCode('bob') })).body.user.openid).not.toBe(
      OPENID,
    )
    await bff.call('/v1/me', { headers: alice })
    expect(warnings()).toHaveLength(1)
    expect(JSON.stringify(warnings())).not.toContain(OPENID)
  })
})
