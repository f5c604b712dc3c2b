/** The token outside of JSON requests: downloads and streams. */
import { download } from '../../../../miniprogram/auth/download'
import type { StreamEvent } from '../../../../miniprogram/auth/stream'
import { stream } from '../../../../miniprogram/auth/stream'
import { dialects } from '../../../support/fake-wx-dialects'
import { refuse } from '../../../support/fake-wx-server'
import type { Launch } from './kit'
import { countOf, fail, get, launch, pass, passUntil, script, useSetting, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const picture = { status: 200, text: 'picture', header: { 'Content-Type': 'image/webp' } }

describe('download', () => {
  it('returns the path of the file, and sends the token and the progress', async () => {
    const { auth, wx, server } = launch()
    script(server, 'GET /v1/report', picture)
    const percents: number[] = []
    const onProgress = (percent: number) => void percents.push(percent)
    const { tempFilePath } = await get(download(auth, { path: '/v1/report', onProgress }))
    expect([wx.files.get(tempFilePath), percents]).toEqual(['picture', [100]])
    expect(wx.requests.at(-1)?.token).toBe('token-1')
    script(server, 'GET /v1/report', picture)
    const filePath = 'wxfile://usr/report'
    expect(await get(download(auth, { path: '/v1/report', filePath }))).toEqual({
      tempFilePath: filePath,
    })
  })

  it('logs in after a 401, and signs out if the stored body says so', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/report', refuse(401, 'SESSION_REVOKED'), picture)
    const { tempFilePath } = await get(download(auth, { path: '/v1/report' }))
    expect([wx.files.get(tempFilePath), wx.loginsAtMs.length]).toEqual(['picture', 2])
    script(server, 'GET /v1/report', refuse(401, 'SESSION_ENDED'))
    expect((await fail(download(auth, { path: '/v1/report' }))).code).toBe('SESSION_ENDED')
    expect([auth.state, wx.loginsAtMs.length]).toEqual(['signed-out', 2])
  })

  it('detects a refusal that is stored as a file with status 200', async () => {
    useSetting({ dialect: dialects.ofRuoyi, numRuns: 1 })
    const { auth, wx, server } = launch()
    useSetting({ dialect: dialects.ours, numRuns: 1 })
    await get(auth.ready())
    script(server, 'GET /v1/report', refuse(401, 'TOKEN_EXPIRED'), picture)
    const { tempFilePath } = await get(download(auth, { path: '/v1/report' }))
    expect([wx.files.get(tempFilePath), wx.loginsAtMs.length]).toEqual(['picture', 2])
  })

  it('is retried after a failure, can be aborted, and refuses foreign paths', async () => {
    const { auth, server } = launch()
    script(server, 'GET /v1/report', { errMsg: 'downloadFile:fail' }, picture)
    expect((await get(download(auth, { path: '/v1/report' }))).tempFilePath).not.toBe('')
    script(server, 'GET /v1/report', refuse(404, 'NOT_FOUND'))
    expect((await fail(download(auth, { path: '/v1/report' }))).code).toBe('NOT_FOUND')
    const signal = { onAbort: (fn: () => void) => fn() }
    expect((await fail(download(auth, { path: '/v1/report', signal }))).kind).toBe('aborted')
    expect((await fail(download(auth, { path: '@evil.com/x' }))).kind).toBe('unsupported')
  })
})

const events = { 'Content-Type': 'text/event-stream' }

function cut(text: string, size: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  )
}

async function readStream(launched: Launch, options = {}) {
  const texts: string[] = []
  const seen: StreamEvent[] = []
  const done = watch(
    stream(launched.auth, {
      path: '/v1/talk',
      onText: (text) => void texts.push(text),
      onEvent: (event) => void seen.push(event),
      ...options,
    }),
  )
  await passUntil(() => done.settled)
  return { texts, seen, error: done.error }
}

describe('stream', () => {
  it.each([1, 2, 3, 5, 1000])('returns whole characters from parts of %d bytes', async (size) => {
    const launched = launch()
    const text = '你好，é 😀 z'
    script(launched.server, 'GET /v1/talk', {
      status: 200,
      header: events,
      chunks: cut(text, size),
    })
    const { texts } = await readStream(launched)
    expect(texts.join('')).toBe(text)
    expect(texts.join('|')).not.toContain('\ufffd')
    for (const part of texts) expect(part.isWellFormed()).toBe(true)
  })

  it('decodes invalid bytes as the standard requires', async () => {
    for (const bytes of [
      [0xff, 0x41],
      [0xc0, 0x80],
      [0xe4, 0xbd],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f, 0x41],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe0, 0x80, 0x80],
    ]) {
      const launched = launch()
      const chunks = bytes.map((byte) => new Uint8Array([byte]))
      script(launched.server, 'GET /v1/talk', { status: 200, header: events, chunks })
      const { texts } = await readStream(launched)
      expect(texts.join('')).toBe(new TextDecoder().decode(new Uint8Array(bytes)))
    }
  })

  it.each([1, 4, 1000])('reads server-sent events from parts of %d bytes', async (size) => {
    const launched = launch()
    const text =
      '\ufeff: hello\r\nid: 7\r\nevent: 词\r\ndata: 一\r\ndata:二\r\n\r\ndata\n\nretry: 1\rdata: c:d\r\rdata: cut'
    script(launched.server, 'GET /v1/talk', {
      status: 200,
      header: events,
      chunks: cut(text, size),
    })
    const { seen } = await readStream(launched)
    expect(seen).toEqual([
      { event: '词', data: '一\n二', id: '7' },
      { event: 'message', data: '', id: '7' },
      { event: 'message', data: 'c:d', id: '7' },
    ])
  })

  it('ends a line at a CR at the end of a part, without waiting for the next part', async () => {
    const launched = launch()
    const chunks = ['data: a\r\r', 'data: b\r', '\ndata: c\r\r'].flatMap((text) => cut(text, 99))
    script(launched.server, 'GET /v1/talk', { status: 200, header: events, chunks })
    const { seen } = await readStream(launched)
    expect(seen.map(({ data }) => data)).toEqual(['a', 'b\nc'])
  })

  it.each([true, false])(
    'logs in when the token is expired at the start (status reported: %s)',
    async (tells) => {
      const launched = launch()
      launched.wx.tellsStatusEarly = tells
      await get(launched.auth.ready())
      const good = { status: 200, header: events, chunks: cut('done', 2) }
      script(launched.server, 'POST /v1/talk', refuse(401, 'TOKEN_EXPIRED'), good)
      const { texts, error } = await readStream(launched, { method: 'POST', data: { say: 'hi' } })
      expect([texts.join(''), error, launched.wx.loginsAtMs.length]).toEqual(['done', undefined, 2])
      expect(launched.wx.requests.at(-1)).toMatchObject({ body: { say: 'hi' }, token: 'token-2' })
    },
  )

  it('delivers nothing twice when the token expires midway, and the next one logs in', async () => {
    const launched = launch()
    await get(launched.auth.ready())
    const cutOff = { status: 401, header: events, chunks: cut('half', 2) }
    launched.wx.tellsStatusEarly = false
    script(launched.server, 'GET /v1/talk', cutOff, { status: 200, header: events, chunks: [] })
    const { texts, error } = await readStream(launched)
    expect([texts.join(''), error?.status]).toEqual(['half', 401])
    expect(countOf(launched.wx, 'GET /v1/talk')).toBe(1)
    const { token } = await get(launched.auth.request<{ token: string }>({ path: '/v1/x' }))
    expect(token).toBe('token-2')
  })

  it('delivers the rest completely even if a hook throws', async () => {
    const launched = launch()
    const report = jest.spyOn(console, 'error').mockReturnValue()
    const text = 'event: a\ndata: 1\n\ndata: 2\n\ndata: 3\n\n'
    script(launched.server, 'GET /v1/talk', { status: 200, header: events, chunks: cut(text, 25) })
    const texts: string[] = []
    const seen: unknown[] = []
    const { error } = await readStream(launched, {
      onText(part: string) {
        texts.push(part)
        throw new Error('a mistake')
      },
      onEvent({ event, data }: StreamEvent) {
        seen.push([event, data])
        throw new Error('a mistake')
      },
    })
    expect([texts.join(''), error]).toEqual([text, undefined])
    expect(seen).toEqual([
      ['a', '1'],
      ['message', '2'],
      ['message', '3'],
    ])
    expect(report).toHaveBeenCalledTimes(texts.length + 3)
  })

  it('returns JSON at the end, once it is not a refusal', async () => {
    const launched = launch()
    script(launched.server, 'GET /v1/talk', { status: 200, body: { answer: 42 } })
    expect((await readStream(launched)).texts).toEqual(['{"answer":42}'])
    script(launched.server, 'GET /v1/talk', refuse(422, 'CONTENT_REJECTED'))
    const { texts, error } = await readStream(launched)
    expect([texts, error?.code]).toEqual([[], 'CONTENT_REJECTED'])
  })

  it('has no timeout while data arrives, ends with its signal, and delivers nothing afterwards', async () => {
    const launched = launch()
    await get(launched.auth.ready())
    let give: (text: string) => void = () => undefined
    launched.wx.api['request'] = () => ({
      abort: () => undefined,
      onChunkReceived: (fn: (chunk: { data: ArrayBuffer }) => void) => {
        give = (text) => fn({ data: new TextEncoder().encode(text).slice().buffer })
      },
    })
    let abort: () => void = () => undefined
    const signal = { onAbort: (fn: () => void) => void (abort = fn) }
    const texts: string[] = []
    const onText = (text: string) => void texts.push(text)
    const done = watch(stream(launched.auth, { path: '/v1/talk', onText, signal }))
    for (const text of ['a', 'b', 'c']) {
      await pass(50_000)
      give(text)
    }
    expect([texts, done.settled]).toEqual([['a', 'b', 'c'], false])
    abort()
    await pass(1)
    expect(done.error?.kind).toBe('aborted')
    give('late')
    expect(texts).toEqual(['a', 'b', 'c'])
  })
})
