/**
 * Unmodified third-party clients over HTTP: two SDKs for mini-programs with different HTTP stacks,
 * and one for web OAuth.
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import CoWechatApi from 'co-wechat-api'
import grant from 'grant'
// Its index also loads an OAuth module that needs an older node-socialite than npm installs today.
import MiniApp from 'node-easywechat/dist/MiniApp/Application'
import { MINI, OFFICIAL, secretOf, startClient, WEBSITE } from './client'
import type { Client } from './client'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

const OPENID = /^o[\w-]{27}$/
const NICKNAME = /^\{.*"nickName":"alice"/

/** By default it stores tokens in files of the working directory. */
function createCache() {
  const values = new Map<string, unknown>()
  return {
    get: (key: string) => Promise.resolve(values.get(key)),
    has: (key: string) => Promise.resolve(values.has(key)),
    set: (key: string, value: unknown) => Promise.resolve(values.set(key, value).has(key)),
    delete: (key: string) => Promise.resolve(values.delete(key)),
  }
}

describe('node-easywechat', () => {
  const createApp = () =>
    new MiniApp({
      app_id: MINI,
      secret: secretOf(MINI),
      use_stable_access_token: true,
      http: { baseURL: wechat.url },
    }).setCache(createCache())

  test('logs in, and decrypts data for it', async () => {
    const utils = createApp().getUtils()
    const session = await utils.codeToSession(await wechat.loginCode('alice'))
    expect(session['openid']).toMatch(OPENID)
    const sealed = await wechat.control('open-data', {
      appid: MINI,
      user: 'alice',
      kind: 'profile',
    })
    const opened: unknown = utils.decryptSession(
      session['session_key'],
      String(sealed['iv']),
      String(sealed['encryptedData']),
    )
    expect(JSON.stringify(opened)).toMatch(NICKNAME)
  })

  test('understands a refusal', async () => {
    const code = await wechat.loginCode('alice')
    await wechat.exchange(code)
    await expect(createApp().getUtils().codeToSession(code)).rejects.toThrow(
      /40163.*code been used/,
    )
  })

  test('fetches a stable token on its own and gets a phone number with it', async () => {
    const issued = { appid: MINI, user: 'alice', phone: '13580006666' }
    const { code } = await wechat.control('phone-code', issued)
    const response = await createApp()
      .getClient()
      .request('POST', '/wxa/business/getuserphonenumber', { data: { code } })
    expect(response.toObject()).toMatchObject({ phone_info: { purePhoneNumber: '13580006666' } })
    const { counts } = await wechat.control('calls', undefined, 'GET')
    expect(counts).toEqual({ '/cgi-bin/stable_token': 1, '/wxa/business/getuserphonenumber': 1 })
  })
})

describe('co-wechat-api', () => {
  const createApi = (): CoWechatApi =>
    Object.assign(new CoWechatApi(MINI, secretOf(MINI)), {
      prefix: `${wechat.url}/cgi-bin/`,
      snsPrefix: `${wechat.url}/sns/`,
      wxaPrefix: `${wechat.url}/wxa/`,
    })

  test('logs in and fetches a token', async () => {
    const api = createApi()
    expect((await api.code2Session(await wechat.loginCode('alice')))['openid']).toMatch(OPENID)
    const token = await api.ensureAccessToken()
    expect(token.accessToken).toHaveLength(512)
    expect(token.expireTime).toBeGreaterThan(Date.now() + 7000_000)
  })

  test('understands a refusal by its code', async () => {
    const refusal = createApi().code2Session('unknown')
    await expect(refusal).rejects.toMatchObject({ name: 'WeChatAPIError', code: 40029 })
  })
})

describe.each([
  ['an official account', OFFICIAL, 'oauth2/authorize', 'snsapi_userinfo'],
  ['a website', WEBSITE, 'qrconnect', 'snsapi_login'],
])('grant, for %s', (_name, appid, page, scope) => {
  let site: Server
  let origin: string

  /** A site with a "log in with WeChat" link; grant handles /connect/wechat and the callback. */
  beforeEach(async () => {
    site = createServer()
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const handle = grant.node({
      config: {
        defaults: {
          origin,
          transport: 'querystring',
          state: true,
          response: ['tokens', 'raw', 'profile'],
        },
        wechat: {
          authorize_url: `${wechat.url}/connect/${page}`,
          access_url: `${wechat.url}/sns/oauth2/access_token`,
          profile_url: `${wechat.url}/sns/userinfo`,
          key: appid,
          secret: secretOf(appid),
          scope: [scope],
          callback: '/done',
        },
      },
      session: { secret: 'only-for-this-test' },
    })
    site.on('request', (request, response) => void handle(request, response))
  })
  afterEach(() => {
    site.closeAllConnections()
    return new Promise((resolve) => site.close(resolve))
  })

  test("from the link over WeChat's page to tokens and a profile", async () => {
    const start = await fetch(`${origin}/connect/wechat`, { redirect: 'manual' })
    const cookie = start.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const consent = await fetch(start.headers.get('location')!, {
      method: 'POST',
      body: new URLSearchParams({ user: 'alice', decision: 'allow' }),
      redirect: 'manual',
    })
    const back = consent.headers.get('location')!
    expect(back).toMatch(new RegExp(`^${origin}/connect/wechat/callback\\?`))
    const done = await fetch(back, { headers: { cookie }, redirect: 'manual' })
    const answer = new URL(done.headers.get('location')!, origin).searchParams
    expect(answer.get('error')).toBeNull()
    expect(answer.get('access_token')).toHaveLength(512)
    expect(answer.get('profile[nickname]')).toBe('alice')
    expect(answer.get('profile[openid]')).toMatch(OPENID)
  })
})
