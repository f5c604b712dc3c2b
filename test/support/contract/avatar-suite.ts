import sharp from 'sharp'
import type { User } from '../../../typings/api'
import { refusalOf, useSharedHost } from './host'
import type { StartHost } from './host'

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#4b4bdc' } })

export function describeAvatar(start: StartHost): void {
  describe('the avatar', () => {
    const host = useSharedHost(start)
    let token: string
    beforeAll(async () => {
      token = (await host().login()).body.token
    })
    const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
      host().call<User>('/v1/me/avatar', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, ...headers },
        body,
      })
    const upload = (...parts: [name: string, file: Uint8Array | string][]) => {
      const body = new FormData()
      for (const [name, file] of parts) {
        if (typeof file === 'string') body.append(name, file)
        else body.append(name, new Blob([Uint8Array.from(file)]), 'a.png')
      }
      return post(body)
    }
    const codeOf = async (...parts: Parameters<typeof upload>) => refusalOf(await upload(...parts))
    const pathOf = ({ avatarUrl }: User) => new URL(avatarUrl ?? '').pathname
    const png = () => blank(9, 9).png().toBuffer()

    it.each(['jpeg', 'png', 'webp'] as const)('accepts a %s and returns its URL', async (type) => {
      const picture = await blank(600, 400).toFormat(type).toBuffer()
      const { status, body } = await upload(['avatar', picture])
      expect(status).toBe(200)
      expect(pathOf(body)).toMatch(/^\/v1\/avatars\/[0-9a-f]{32}\.webp$/)
      expect((await host().get<User>('/v1/me', token)).body.avatarUrl).toBe(body.avatarUrl)
    })

    it('removes the previous picture', async () => {
      const first = (await upload(['avatar', await png()])).body
      const second = (await upload(['avatar', await png()])).body
      expect(second.avatarUrl).not.toBe(first.avatarUrl)
      expect((await host().call(pathOf(first))).status).toBe(404)
    })

    it('refuses anything but a complete JPEG, PNG or WebP', async () => {
      const whole = await blank(300, 300).png({ compressionLevel: 0 }).toBuffer()
      const refused = [
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        Buffer.from('<!doctype html><script>1</script>'),
        Buffer.from('GIF89a________'),
        whole.subarray(0, whole.length / 2),
        Buffer.concat([whole.subarray(0, 8), Buffer.from('<html>')]),
        Buffer.alloc(0),
      ]
      for (const file of refused) {
        expect(await codeOf(['avatar', file])).toEqual([422, 'IMAGE_REJECTED'])
      }
    })

    it('refuses forms with other fields, several files or too much data, and other bodies', async () => {
      const file = await png()
      expect(await codeOf(['picture', file])).toEqual([400, 'INVALID_REQUEST'])
      expect(await codeOf(['avatar', file], ['avatar', file])).toEqual([400, 'INVALID_REQUEST'])
      expect(await codeOf(['note', 'hello'])).toEqual([400, 'INVALID_REQUEST'])
      expect(await codeOf(['avatar', Buffer.alloc(2_100_000)])).toEqual([413, 'BODY_TOO_LARGE'])
      const json = await host().send('POST', '/v1/me/avatar', {}, token)
      expect(refusalOf(json)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    })

    it('refuses a form that is cut anywhere within its file', async () => {
      const head = '--x\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n\r\n'
      const form = `${head}${'p'.repeat(50)}\r\n--x--`
      const headers = { 'content-type': 'multipart/form-data; boundary=x' }
      for (const length of [1, head.length - 1, head.length, head.length + 9, form.length - 1]) {
        const answer = await post(form.slice(0, length), headers)
        expect([length, ...refusalOf(answer)]).toEqual([length, 400, 'INVALID_REQUEST'])
      }
    })

    it('answers 404 for invalid names', async () => {
      for (const name of ['x', '%2e%2e%2fapp.db', `${'a'.repeat(32)}.webp`]) {
        expect((await host().call(`/v1/avatars/${name}`)).status).toBe(404)
      }
    })
  })
}
