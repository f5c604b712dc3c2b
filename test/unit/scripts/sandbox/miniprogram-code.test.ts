/** /wxa/getwxacodeunlimit: the picture is read back with an independent decoder. */
import jsQR from 'jsqr'
import sharp from 'sharp'
import { fetchMiniProgramCode } from '../../../../scripts/sandbox/wechat/miniprogram-code'
import { createWorld } from '../../../../scripts/sandbox/world/world'
import { MINI, NO_BODY, OFFICIAL, errcodeOf, startClient } from './client'
import type { Client, Json } from './client'

const PATH = '/wxa/getwxacodeunlimit'
const PAGE = 'pages/confirm/confirm'

let wechat: Client
let token: string

beforeEach(async () => {
  wechat = await startClient()
  token = await wechat.accessToken()
})
afterEach(() => wechat.stop())

const ask = (body: unknown) => wechat.post(PATH, { access_token: token }, body)

async function readCode(body: Json) {
  const response = await fetch(`${wechat.url}${PATH}?access_token=${token}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  expect(response.headers.get('content-type')).toBe('image/png')
  const png = Buffer.from(await response.arrayBuffer())
  const picture = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const { width, height } = picture.info
  return { width, text: jsQR(Uint8ClampedArray.from(picture.data), width, height)?.data }
}

test('returns a PNG with page and scene', async () => {
  const { text, width } = await readCode({ scene: 'Zm9vYmFyYmF6cXV4MTIzNA', page: PAGE })
  expect(text).toBe(`${PAGE}?scene=Zm9vYmFyYmF6cXV4MTIzNA`)
  expect(width).toBeGreaterThan(380)
  expect(width).toBeLessThanOrEqual(430)
})

test('accepts every allowed character, 32 of them, the default page, another width', async () => {
  for (const scene of ["!#$&'()*+,/:;=?@-._~", 'x'.repeat(32)]) {
    const { text, width } = await readCode({ scene, width: 600 })
    expect(text).toBe(`pages/index/index?scene=${encodeURIComponent(scene)}`)
    expect(width).toBeGreaterThan(530)
  }
})

test.each([
  [{}, 40169],
  [{ scene: '' }, 40169],
  [{ scene: 'x'.repeat(33) }, 40169],
  [{ scene: 'a b' }, 40169],
  [{ scene: '中文' }, 40169],
  [{ scene: 7 }, 40169],
  [{ scene: 'x', page: '/pages/index/index' }, 41030],
  [{ scene: 'x', page: 'pages/index/index?a=1' }, 41030],
  [{ scene: 'x', page: '' }, 41030],
  [{ scene: 'x', env_version: 'beta' }, 40097],
  [{ scene: 'x', width: 'wide' }, 47001],
  ['scene=x', 47001],
  ['', 44002],
])('%j is refused with %d as JSON and status 200', async (body, errcode) => {
  const reply = await ask(body)
  expect([reply.status, reply.type, errcodeOf(reply)]).toEqual([200, 'application/json', errcode])
})

test('a page must be released, unless check_path is false', async () => {
  await wechat.control(`apps/${MINI}`, { pages: ['pages/index/index'] })
  expect(errcodeOf(await ask({ scene: 'x', page: PAGE }))).toBe(41030)
  expect((await readCode({ scene: 'x', page: PAGE, check_path: false })).text).toContain(PAGE)
})

test('requires the token of a mini-program', async () => {
  token = await wechat.accessToken(OFFICIAL)
  expect(errcodeOf(await ask({ scene: 'x' }))).toBe(48001)
  token = 'x'
  expect(errcodeOf(await ask({ scene: 'x' }))).toBe(40001)
  expect(errcodeOf(await wechat.get(PATH))).toBe(43002)
})

test('5000 per minute, then 45009', () => {
  const world = createWorld()
  const { token: ofWorld } = world.accessTokens.issueClassic(MINI)
  const request = { method: 'POST', path: PATH, ...NO_BODY }
  const query = new URLSearchParams({ access_token: ofWorld })
  const call = () => fetchMiniProgramCode(world, { ...request, query })
  for (let count = 0; count < 5000; count += 1) {
    try {
      call()
    } catch (error) {
      if (!String(error).includes('empty post data')) throw error
    }
  }
  expect(call).toThrow('reach max api')
  world.clock.advance(60)
  expect(call).toThrow('empty post data')
})
