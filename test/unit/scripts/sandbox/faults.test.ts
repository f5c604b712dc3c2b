/** Each fault as a client sees it, down to the socket. */
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { MINI, errcodeOf, secretOf, startClient } from './client'
import type { Client, Json } from './client'

const PATH = '/sns/jscode2session'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

const fault = (more: Json) => wechat.control('faults', { path: PATH, ...more })
const newExchange = async () => wechat.exchange(await wechat.loginCode('alice'))

function exchangePath(code: string): string {
  const query = { appid: MINI, secret: secretOf(MINI), js_code: code }
  return `${PATH}?${new URLSearchParams({ ...query, grant_type: 'authorization_code' })}`
}

/** Starts a request and returns the response as soon as its headers arrive. */
function openExchange(code: string, signal?: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const target = new URL(exchangePath(code), wechat.url)
    request(target, signal ? { signal } : {}, resolve)
      .on('error', reject)
      .end()
  })
}

/** The received bytes and how the connection ended; null is an orderly end. */
function exchangeRaw(code: string): Promise<{ text: string; errorCode: string | null }> {
  const { hostname, port, host } = new URL(wechat.url)
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(port), hostname)
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('end', () => resolve({ text, errorCode: null }))
    socket.on('error', (error) =>
      resolve({ text, errorCode: (error as NodeJS.ErrnoException).code ?? '' }),
    )
    socket.write(`GET ${exchangePath(code)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  })
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

const outcomes = async (): Promise<unknown[]> =>
  ((await wechat.control('calls', undefined, 'GET'))['calls'] as Json[]).map(
    (call) => call['outcome'],
  )

describe('wrong answers', () => {
  test('errcode: -1 by default, any other with its own text; the code is not spent', async () => {
    const code = await wechat.loginCode('alice')
    await fault({ mode: 'errcode', times: 1 })
    await fault({ mode: 'errcode', errcode: 45011, times: 1 })
    const first = await wechat.exchange(code)
    expect([first.status, first.type, errcodeOf(first)]).toEqual([200, 'text/plain', -1])
    expect(first.json['errmsg']).toMatch(/^system error, rid: /)
    expect(errcodeOf(await wechat.exchange(code))).toBe(45011)
    expect((await wechat.exchange(code)).json).toHaveProperty('openid')
    expect(await outcomes()).toEqual(['fault errcode', 'fault errcode', 'ok'])
  })

  test('status: 502 by default, with a page', async () => {
    await fault({ mode: 'status' })
    const reply = await newExchange()
    expect([reply.status, reply.type]).toEqual([502, 'text/html; charset=utf-8'])
    await fault({ mode: 'status', status: 429 })
    expect((await newExchange()).status).toBe(429)
  })

  test('html: a page with 200', async () => {
    await fault({ mode: 'html' })
    const reply = await newExchange()
    expect(reply.status).toBe(200)
    expect(reply.text).toMatch(/^<html>/)
  })

  test('bad-json: half of the true answer; empty: none of it; both spend the code', async () => {
    await fault({ mode: 'bad-json', times: 1 })
    await fault({ mode: 'empty', times: 1 })
    const codes = [await wechat.loginCode('alice'), await wechat.loginCode('alice')]
    const half = await wechat.exchange(codes[0]!)
    expect([half.status, half.type]).toEqual([200, 'text/plain'])
    expect(half.text).toMatch(/^\{"session_key":/)
    expect(() => JSON.parse(half.text) as unknown).toThrow(SyntaxError)
    expect((await wechat.exchange(codes[1]!)).text).toBe('')
    for (const code of codes) expect(errcodeOf(await wechat.exchange(code))).toBe(40163)
  })

  test('redirect: to a fake login; following it is recorded', async () => {
    await fault({ mode: 'redirect', times: 1 })
    const target = exchangePath(await wechat.loginCode('alice'))
    const response = await fetch(wechat.url + target)
    expect(response.redirected).toBe(true)
    expect(await response.json()).toHaveProperty('openid')
    expect(await outcomes()).toEqual(['fault redirect', 'redirect followed'])
    await fault({ mode: 'redirect', times: 1 })
    expect((await newExchange()).status).toBe(302)
  })
})

describe('on the socket', () => {
  test('hang: no answer until the caller disconnects', async () => {
    await fault({ mode: 'hang', times: 1 })
    const code = await wechat.loginCode('alice')
    const started = Date.now()
    await expect(openExchange(code, AbortSignal.timeout(300))).rejects.toThrow('aborted')
    expect(Date.now() - started).toBeGreaterThanOrEqual(290)
    expect(errcodeOf(await wechat.exchange(code))).toBe(40163)
  })

  test('hang: ends when the sandbox is closed', async () => {
    await fault({ mode: 'hang' })
    const pending = openExchange(await wechat.loginCode('alice'))
    const outcome = expect(pending).rejects.toMatchObject({ code: 'ECONNRESET' })
    while ((await outcomes()).length === 0);
    await wechat.stop()
    await outcome
    wechat = await startClient()
  })

  test('reset: a real RST before any byte', async () => {
    await fault({ mode: 'reset' })
    const { text, errorCode } = await exchangeRaw(await wechat.loginCode('alice'))
    expect([text, errorCode]).toEqual(['', 'ECONNRESET'])
  })

  test('reset-after-headers: headers and half of the body, then a real RST', async () => {
    await fault({ mode: 'reset-after-headers' })
    const { text, errorCode } = await exchangeRaw(await wechat.loginCode('alice'))
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n\{"session_key":"[^}]*$/s)
    expect(errorCode).toBe('ECONNRESET')
  })

  test('reset-after-headers: a client gets status 200 before the failure', async () => {
    await fault({ mode: 'reset-after-headers' })
    const response = await openExchange(await wechat.loginCode('alice'))
    expect(response.statusCode).toBe(200)
    expect(Number(response.headers['content-length'])).toBeGreaterThan(50)
    await expect(readAll(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('slow-body: sends the true answer byte by byte', async () => {
    await fault({ mode: 'slow-body', delayMs: 5 })
    const response = await openExchange(await wechat.loginCode('alice'))
    const arrivals: number[] = []
    let text = ''
    for await (const chunk of response) {
      arrivals.push(Date.now())
      text += String(chunk)
    }
    expect(JSON.parse(text)).toHaveProperty('openid')
    expect(arrivals.length).toBeGreaterThan(text.length / 3)
    expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(text.length * 4)
  })

  test('delay: sends the true answer later', async () => {
    await fault({ mode: 'delay', delayMs: 200 })
    const started = Date.now()
    expect((await newExchange()).json).toHaveProperty('openid')
    expect(Date.now() - started).toBeGreaterThanOrEqual(195)
  })

  test('delay: spends the code even if the caller gives up', async () => {
    await fault({ mode: 'delay', delayMs: 10_000, times: 1 })
    const code = await wechat.loginCode('alice')
    const caller = new AbortController()
    const outcome = expect(openExchange(code, caller.signal)).rejects.toThrow('aborted')
    while ((await outcomes()).length === 0);
    caller.abort()
    await outcome
    expect(errcodeOf(await wechat.exchange(code))).toBe(40163)
  })

  test('delayMs also delays any other fault', async () => {
    await fault({ mode: 'status', delayMs: 200 })
    const started = Date.now()
    expect((await newExchange()).status).toBe(502)
    expect(Date.now() - started).toBeGreaterThanOrEqual(195)
  })

  test('huge-body: streams 300 MB with a true answer at its end, and serves others meanwhile', async () => {
    await fault({ mode: 'huge-body', times: 1 })
    const response = await openExchange(await wechat.loginCode('alice'))
    const meanwhile = newExchange()
    let size = 0
    let tail = ''
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      tail = (tail + chunk.subarray(-500).toString()).slice(-500)
    }
    expect(size).toBeGreaterThan(300 * 1024 * 1024)
    expect(tail).toMatch(/"openid":"o[\w-]{27}".*\}$/)
    expect((await meanwhile).json).toHaveProperty('openid')
  })

  test('huge-body: stops when the caller disconnects', async () => {
    await fault({ mode: 'huge-body', times: 1 })
    const response = await openExchange(await wechat.loginCode('alice'))
    response.destroy()
    expect((await newExchange()).json).toHaveProperty('openid')
  })
})

describe('the affected call', () => {
  test('only on the requested path', async () => {
    await fault({ mode: 'status' })
    const query = { grant_type: 'client_credential', appid: MINI, secret: secretOf(MINI) }
    expect((await wechat.get('/cgi-bin/token', query)).status).toBe(200)
  })

  test('counted faults first, in order, then the newest permanent one', async () => {
    await fault({ mode: 'status', status: 500 })
    await fault({ mode: 'status', status: 503 })
    await fault({ mode: 'status', status: 501, times: 2 })
    await fault({ mode: 'status', status: 502, times: 1 })
    const statuses = []
    for (let count = 0; count < 5; count += 1) statuses.push((await newExchange()).status)
    expect(statuses).toEqual([501, 501, 502, 503, 503])
  })

  test('DELETE removes all', async () => {
    await fault({ mode: 'status' })
    expect(await wechat.control('faults', undefined, 'DELETE')).toEqual({ faults: [] })
    expect((await newExchange()).status).toBe(200)
  })

  test('probability: never at 0, always at 1, sometimes between', async () => {
    const code = 'unknown'
    await fault({ mode: 'status', probability: 0 })
    expect((await wechat.exchange(code)).status).toBe(200)
    await fault({ mode: 'status', probability: 1 })
    expect((await wechat.exchange(code)).status).toBe(502)
    await fault({ mode: 'status', probability: 0.5 })
    const replies = await Promise.all(Array.from({ length: 200 }, () => wechat.exchange(code)))
    const hits = replies.filter(({ status }) => status === 502).length
    expect(hits).toBeGreaterThan(50)
    expect(hits).toBeLessThan(150)
  })
})
