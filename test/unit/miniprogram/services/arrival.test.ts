/** How the user arrived: what is sent with each login, and what must not fail one. */
import path from 'node:path'
import { findArrival } from '../../../../miniprogram/services/arrival'
import { parseScene } from '../../../../miniprogram/services/scan'
import type { Auth } from '../../../../miniprogram/auth/index'
import { createFakeWx } from '../components/fake-wx'

const MAX_EXTRA_BYTES = 1024

function arrive(options: object): void {
  Object.assign(globalThis, { wx: createFakeWx({ getEnterOptionsSync: () => options }) })
}

it('accepts the scene, a code, a channel and an invitation, decoded', () => {
  const query = {
    scene: 'shop%3D7',
    channel: '%E6%9C%8B%E5%8F%8B%E5%9C%88',
    invitation: 'A1',
    x: '2',
  }
  arrive({ scene: 1047, query })
  expect(findArrival()).toEqual({
    scene: 1047,
    codeScene: 'shop=7',
    channel: '朋友圈',
    invitation: 'A1',
  })
})

it.each([
  ['longer than the server takes', { channel: 'a'.repeat(65) }],
  ['badly encoded', { channel: '%zz' }],
  ['half a surrogate pair', { channel: 'a\ud800' }],
  ['empty', { channel: '' }],
])('drops a value that is %s', (_what, query) => {
  arrive({ scene: 1001, query })
  expect(findArrival()).toEqual({ scene: 1001 })
})

it("fits into the server's limit of 1 KiB at its longest", () => {
  const longest = '登'.repeat(64)
  const [scene, channel, invitation] = [longest, longest, longest]
  arrive({ scene: 10000, query: { scene, channel, invitation } })
  expect(Object.keys(findArrival())).toHaveLength(4)
  expect(Buffer.byteLength(JSON.stringify(findArrival()))).toBeLessThanOrEqual(MAX_EXTRA_BYTES)
})

it('is empty if the host knows nothing', () => {
  Object.assign(globalThis, { wx: createFakeWx() })
  expect(findArrival()).toEqual({})
})

it('is sent with each login, with the latest entry', async () => {
  const sent: unknown[] = []
  let enter = { scene: 1011, query: { scene: 'shop%3D7' } as object }
  Object.assign(globalThis, {
    wx: createFakeWx({
      getEnterOptionsSync: () => enter,
      login: ({ success }: { success(answer: object): void }) => success({ code: 'a-code' }),
      request: ({ data, success }: { data: object; success(answer: object): void }) => {
        sent.push(data)
        const expiresAt = '2099-01-01T00:00:00.000Z'
        success({ statusCode: 200, data: { token: 't', expiresAt, user: { id: 'u' } }, header: {} })
      },
    }),
  })
  jest.resetModules()
  const file = path.join(__dirname, '../../../../miniprogram/services/auth.ts')
  const { auth } = jest.requireActual<{ auth: Auth }>(file)
  await auth.login()
  enter = { scene: 1007, query: { invitation: 'A1' } }
  await auth.login()
  expect(sent).toEqual([
    { code: 'a-code', extra: { scene: 1011, codeScene: 'shop=7' } },
    { code: 'a-code', extra: { scene: 1007, invitation: 'A1' } },
  ])
})

it('a badly encoded scene opens no scan and throws nothing', () => {
  expect(parseScene({ scene: '%zz' })).toBe('')
})
