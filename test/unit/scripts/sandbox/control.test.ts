import { request } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { sendRaw } from '../../../support/raw-http'
import { MINI, secretOf, startClient } from './client'
import type { Client } from './client'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

/** fetch can't set Host; this client can. */
const statusWith = (path: string, headers: OutgoingHttpHeaders): Promise<number> =>
  new Promise((resolve, reject) => {
    request(wechat.url + path, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })

describe('invalid input answers 400 and names the errors', () => {
  test.each([
    ['login-code', {}, 'appid'],
    ['login-code', { appid: 'wx0' }, 'appid'],
    ['login-code', { appid: MINI, user: '' }, 'user'],
    ['login-code', { appid: MINI, user: 7 }, 'user'],
    ['login-code', { appid: MINI, user: 'a\nb' }, 'user'],
    ['login-code', { appid: MINI, user: 'x'.repeat(65) }, 'user'],
    ['login-code', { appid: MINI, ttlSeconds: -1 }, 'ttlSeconds'],
    ['login-code', { appid: MINI, ttlSeconds: '300' }, 'ttlSeconds'],
    ['open-data', { appid: MINI, user: 'a', kind: 'face' }, 'kind'],
    ['open-data', { appid: MINI, user: 'a', kind: 'profile', data: [] }, 'data'],
    ['phone-code', { appid: MINI, user: 'a', phone: 'call me' }, 'phone'],
    ['phone-code', { appid: MINI }, 'user'],
    ['check-session', { appid: MINI }, 'user'],
    ['users/alice/expire-session', { appid: 'wx0' }, 'appid'],
    ['clock', {}, 'advanceSeconds'],
    ['clock', { advanceSeconds: -1 }, 'advanceSeconds'],
    ['clock', { advanceSeconds: 'soon' }, 'advanceSeconds'],
    ['faults', { mode: 'hang' }, 'path'],
    ['faults', { path: '/sns/nothing', mode: 'hang' }, 'path'],
    ['faults', { path: '/sns/auth', mode: 'explode' }, 'mode'],
    ['faults', { path: '/sns/auth', mode: 'hang', times: 0 }, 'times'],
    ['faults', { path: '/sns/auth', mode: 'hang', times: 1.5 }, 'times'],
    ['faults', { path: '/sns/auth', mode: 'hang', probability: 2 }, 'probability'],
    ['faults', { path: '/sns/auth', mode: 'status', status: 99 }, 'status'],
    ['faults', { path: '/sns/auth', mode: 'delay', delayMs: -1 }, 'delayMs'],
    ['faults', { path: '/sns/auth', mode: 'hang', errcode: 40029 }, 'errcode'],
  ])('%s %j', async (path, body, field) => {
    const reply = await wechat.tryControl(path, body)
    expect(reply.status).toBe(400)
    const { error } = reply.json as { error: { message: string; issues: { path: string }[] } }
    expect(error.issues.map((issue) => issue.path)).toEqual([field])
    expect(error.message).toContain(`${field}: `)
  })

  test('an unknown field, invalid JSON, not an object', async () => {
    const unknown = await wechat.tryControl('login-code', { appid: MINI, ttl: 3 })
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('ttl')])
    const broken = await wechat.tryControl('login-code', '{"appid"')
    expect([broken.status, broken.text]).toEqual([400, expect.stringContaining('not JSON')])
    expect((await wechat.tryControl('login-code', 'null')).status).toBe(400)
    expect((await wechat.tryControl('users/%E0%A4%A/expire-session')).status).toBe(400)
  })

  test('another path answers 404, another method 405 with Allow', async () => {
    expect((await wechat.tryControl('nothing')).status).toBe(404)
    const response = await fetch(`${wechat.url}/__sandbox/faults`, { method: 'PUT' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, DELETE, GET'])
  })

  test('a body above a megabyte answers 413', async () => {
    expect((await wechat.tryControl('login-code', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413)
  })
})

describe('a target that is a whole URL', () => {
  const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: ignored\r\n\r\n`

  test('is read like its path and query', async () => {
    const code = await wechat.loginCode('alice')
    const query = `appid=${MINI}&secret=${secretOf(MINI)}&js_code=${code}&grant_type=authorization_code`
    const { text } = await sendRaw(wechat.url, get(`${wechat.url}/sns/jscode2session?${query}`))
    expect(text).toContain('"session_key"')
    const list = await sendRaw(wechat.url, get(`${wechat.url}/__sandbox/calls?limit=1`))
    expect(list.text).toContain('"path":"/sns/jscode2session"')
  })

  test('names the host that must be this computer', async () => {
    const target = 'http://api.weixin.qq.com/__sandbox/calls'
    expect((await sendRaw(wechat.url, get(target))).statuses).toEqual([403])
  })
})

describe('access', () => {
  test.each(['127.0.0.1', '127.0.0.1:80', 'localhost:7800', '[::1]:7800'])(
    'accepts Host %s',
    async (host) => {
      expect(await statusWith('/__sandbox/calls', { host })).toBe(200)
    },
  )

  test.each(['example.com', '127.0.0.1.example.com', 'api.weixin.qq.com', '10.0.0.1:7800'])(
    'refuses Host "%s"',
    async (host) => {
      for (const path of ['/', '/__sandbox/calls', '/sns/jscode2session']) {
        expect(await statusWith(path, { host })).toBe(403)
      }
    },
  )

  test('refuses web pages of another origin', async () => {
    for (const origin of ['https://example.com', 'null']) {
      expect(await statusWith('/__sandbox/calls', { origin })).toBe(403)
    }
    expect(await statusWith('/__sandbox/calls', { origin: wechat.url })).toBe(200)
  })
})

test('reset restores the initial state', async () => {
  const code = await wechat.loginCode('alice')
  await wechat.control('faults', { path: '/sns/jscode2session', mode: 'status' })
  await wechat.exchange(code)
  await wechat.advance(60)
  await wechat.control('reset')
  expect(await wechat.control('calls', undefined, 'GET')).toEqual({ calls: [], counts: {} })
  expect(await wechat.control('people', undefined, 'GET')).toMatchObject({
    aheadSeconds: 0,
    total: 0,
  })
  const reply = await wechat.exchange(code)
  expect([reply.status, reply.json['errcode']]).toEqual([200, 40029])
})

test('without a name the demo person is used', async () => {
  await wechat.control('login-code', { appid: MINI })
  const { people } = await wechat.control('people', undefined, 'GET')
  expect(people).toMatchObject([{ user: 'demo' }])
})

test('people are described without their keys', async () => {
  const { json } = await wechat.exchange(await wechat.loginCode('alice'))
  await wechat.advance(90)
  const reply = await wechat.tryControl('people', undefined, 'GET')
  expect(reply.json).toMatchObject({
    total: 1,
    people: [
      {
        user: 'alice',
        unionid: json['unionid'],
        accounts: [{ appid: MINI, openid: json['openid'], sessionKeyAgeSeconds: 90 }],
      },
    ],
  })
  expect(reply.text).not.toContain(String(json['session_key']))
})

test('one person can be asked for, also when the list has ended before', async () => {
  await wechat.loginCode('alice')
  for (let count = 0; count < 100; count += 1) await wechat.loginCode(`user-${count}`)
  const list = await wechat.tryControl('people', undefined, 'GET')
  expect(list.text).not.toContain('alice')
  const { people, total } = await wechat.control('people?user=alice', undefined, 'GET')
  expect([people, total]).toMatchObject([[{ user: 'alice', accounts: [{ appid: MINI }] }], 101])
  expect(await wechat.control('people?user=nobody', undefined, 'GET')).toMatchObject({ people: [] })
  expect((await wechat.tryControl('people?user=', undefined, 'GET')).status).toBe(400)
})

test('serves the page and its files', async () => {
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/people.js', 'text/javascript'],
    ['/people.css', 'text/css'],
  ] as const) {
    const response = await fetch(wechat.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain(type)
  }
})

test('the list of calls is bounded, the counts are not', async () => {
  const { calls: five } = await wechat.control('calls?limit=5', undefined, 'GET')
  expect(five).toEqual([])
  for (let count = 0; count < 30; count += 1) await wechat.exchange('unknown')
  const { calls, counts } = await wechat.control('calls?limit=5', undefined, 'GET')
  expect(calls).toHaveLength(5)
  expect(counts).toEqual({ '/sns/jscode2session': 30 })
  expect((await wechat.tryControl('calls?limit=none', undefined, 'GET')).status).toBe(400)
})
