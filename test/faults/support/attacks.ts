/** Attacks on one service, each repeated; `sins` collects violations. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import sharp from 'sharp'
import { postAlone } from './crowd'
import { ask } from './site'
import type { Counts } from './start-counting-wechat'

const TOGETHER = 150
const USER_CALLS_A_MINUTE = 30
const BAD_CODES_A_MINUTE = 20
const MINUTE_MS = 60_000

export interface Scene {
  url: string
  sins: string[]
}

export interface Attack {
  name: string
  everyMs: number
  run(): Promise<void>
}

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

function openTo(url: string): Socket {
  const { hostname, port } = new URL(url)
  // An attack expects to be refused or disconnected.
  return connect(Number(port), hostname).on('error', () => undefined)
}

let logins = 0
let rounds = 0
const nextRound = () => (rounds += 1)

async function logIn({ url, sins }: Scene, person: string): Promise<string> {
  logins += 1
  const body = { code: `good-${person}-a${logins}` }
  const reply = await ask<{ token: string }>(`${url}/v1/login`, { method: 'POST', body })
  if (reply.status !== 200) sins.push(`login of ${person}: ${reply.status}`)
  return reply.body.token
}

/** Sends endless requests on each connection and reads no answer. */
async function pipeline({ url }: Scene): Promise<void> {
  const sockets = repeat(40, () => {
    const socket = openTo(url).pause()
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1500))
    return socket
  })
  await delay(4000)
  sockets.forEach((socket) => socket.destroy())
}

async function manyHeaders({ url, sins }: Scene): Promise<void> {
  const headers = 'a: b\r\n'.repeat(2100)
  const socket = openTo(url)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.end(`GET /healthz HTTP/1.1\r\nHost: a\r\n${headers}\r\n`)
  await new Promise((resolve) => socket.once('close', resolve))
  if (text.startsWith('HTTP/1.1 200')) sins.push('2,100 headers were taken')
}

/** A head and a body that never end. */
async function dripSlowly({ url }: Scene): Promise<void> {
  const sockets = repeat(100, (n) => {
    const socket = openTo(url)
    const head = 'POST /v1/login HTTP/1.1\r\nHost: a\r\n'
    const rest = 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
    socket.write(n % 2 === 0 ? head : head + rest)
    return socket
  })
  await delay(8000)
  sockets.forEach((socket) => socket.destroy())
}

/** Uses another address each time, as a proxy would report it. */
async function sendBadCodes({ url }: Scene, round: number): Promise<void> {
  const address = { 'X-Forwarded-For': `10.0.${round >> 8}.${round & 255}` }
  await Promise.all(
    repeat(TOGETHER, (n) => postAlone(url, '/v1/login', { code: `bad-${round}-${n}` }, address)),
  )
}

async function sendOneCodeOften({ url, sins }: Scene, round: number): Promise<void> {
  const body = { code: `good-twice-${round}` }
  const replies = await Promise.all(
    repeat(10, () => ask(`${url}/v1/login`, { method: 'POST', body })),
  )
  const taken = replies.filter(({ status }) => status === 200).length
  if (taken > 1) sins.push(`one code was taken ${taken} times`)
}

/** A change that starts before a log-out and finishes after it. */
async function outliveLogout(scene: Scene, round: number): Promise<void> {
  const { url, sins } = scene
  const person = `leaving${round}`
  const [thief, owner] = [await logIn(scene, person), await logIn(scene, person)]
  const body = JSON.stringify({ nickname: '盗' })
  const socket = openTo(url)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.write(
    `PUT /v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${thief}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
  )
  await delay(200)
  await ask(`${url}/v1/logout-all`, { method: 'POST', token: owner })
  socket.write(body)
  await new Promise((resolve) => socket.once('close', resolve))
  if (!text.startsWith('HTTP/1.1 401')) sins.push(`after logout-all: ${text.slice(0, 60)}`)
}

/** More calls of each kind than one user may cause. */
async function causeCalls({ url }: Scene, token: string, round: number): Promise<void> {
  await Promise.all(
    repeat(60, (n) => [
      ask(`${url}/v1/session/check`, { token }),
      ask(`${url}/v1/me`, { method: 'PUT', body: { nickname: `名${round}${n}` }, token }),
      ask(`${url}/v1/me/phone`, { method: 'POST', body: { code: `phone-${round}-${n}` }, token }),
    ]).flat(),
  )
}

async function checkAndWait({ url }: Scene, token: string): Promise<void> {
  await Promise.all(repeat(50, () => ask(`${url}/v1/session/check`, { token })))
}

async function sendMarks({ url, sins }: Scene, token: string): Promise<void> {
  const body = { nickname: `a${'\u0301'.repeat(7000)}` }
  const { status } = await ask(`${url}/v1/me`, { method: 'PUT', body, token })
  if (status !== 400) sins.push(`7,000 combining marks: ${status}`)
}

/** A 24-megapixel picture with 16 bits per channel, in a small file. */
const makeLargePicture = () =>
  sharp({ create: { width: 6000, height: 4000, channels: 3, background: '#4b4bdc' } })
    .toColourspace('rgb16')
    .png()
    .toBuffer()

async function sendPictures({ url, sins }: Scene, token: string, picture: Buffer): Promise<void> {
  const statuses = await Promise.all(
    repeat(4, async () => {
      const body = new FormData()
      body.append('avatar', new Blob([Uint8Array.from(picture)]), 'a.png')
      const headers = { authorization: `Bearer ${token}` }
      const reply = await fetch(`${url}/v1/me/avatar`, { method: 'POST', headers, body })
      await reply.arrayBuffer()
      return reply.status
    }),
  )
  const odd = statuses.filter((status) => ![422, 503].includes(status))
  if (odd.length > 0) sins.push(`a picture of 24 megapixels and 16 bits: ${odd.join(', ')}`)
}

async function holdUploads({ url }: Scene, token: string): Promise<void> {
  const head =
    `POST /v1/me/avatar HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n` +
    'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 2097000\r\n\r\n' +
    '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n'
  const bytes = Buffer.alloc(2_000_000)
  const sockets = repeat(TOGETHER, () => {
    const socket = openTo(url)
    socket.write(head)
    socket.write(bytes)
    return socket
  })
  await delay(3000)
  sockets.forEach((socket) => socket.destroy())
}

/** @returns the attacks of one run. */
export async function createAttacks(scene: Scene): Promise<Attack[]> {
  const [caller, hanger, painter] = [
    await logIn(scene, 'caller'),
    await logIn(scene, 'hanging'),
    await logIn(scene, 'painter'),
  ]
  const picture = await makeLargePicture()
  return [
    { name: 'pipelined requests', everyMs: 5000, run: () => pipeline(scene) },
    { name: '2,100 headers', everyMs: 2000, run: () => manyHeaders(scene) },
    { name: 'slow clients', everyMs: 5000, run: () => dripSlowly(scene) },
    { name: 'bad codes', everyMs: 4000, run: () => sendBadCodes(scene, nextRound()) },
    { name: 'one code', everyMs: 1000, run: () => sendOneCodeOften(scene, nextRound()) },
    { name: 'a change after log-out', everyMs: 1000, run: () => outliveLogout(scene, nextRound()) },
    { name: 'calls to WeChat', everyMs: 5000, run: () => causeCalls(scene, caller, nextRound()) },
    { name: 'hanging checks', everyMs: 2000, run: () => checkAndWait(scene, hanger) },
    { name: 'combining marks', everyMs: 1000, run: () => sendMarks(scene, painter) },
    { name: 'large pictures', everyMs: 5000, run: () => sendPictures(scene, painter, picture) },
    { name: 'uploads held open', everyMs: 8000, run: () => holdUploads(scene, painter) },
  ]
}

/** Repeats one attack. @returns how often it ran. */
export async function repeatAttack(
  { name, everyMs, run }: Attack,
  sins: string[],
  isOver: () => boolean,
): Promise<number> {
  let times = 0
  while (!isOver()) {
    await run().catch((error: unknown) => sins.push(`${name}: ${String(error)}`))
    times += 1
    await delay(everyMs)
  }
  return times
}

/** Calls to WeChat above the contract's limits. */
export function overLimit({ calls, sentTwice }: Counts, ranMs: number): string[] {
  const minutes = Math.ceil(ranMs / MINUTE_MS) + 1
  const kinds = [
    '/wxa/checksession o-caller',
    '/wxa/msg_sec_check o-caller',
    '/wxa/business/getuserphonenumber o-caller',
    '/wxa/checksession o-hanging',
  ]
  const excesses = kinds.filter((kind) => (calls[kind] ?? 0) > USER_CALLS_A_MINUTE * minutes)
  const badCodes = repeat(rounds + 1, (n) => `bad-${n}`).filter(
    (kind) => (calls[kind] ?? 0) > BAD_CODES_A_MINUTE,
  )
  return [...excesses, ...badCodes, ...sentTwice].map((what) => `too often: ${what}`)
}
