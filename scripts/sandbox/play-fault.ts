/**
 * Makes a fault happen on the socket. Some faults fail in front of the endpoint: the call is not
 * carried out. The others spoil the answer: the call is carried out as soon as it arrives, so its code
 * is spent even when the caller gives up. A fault never blocks other calls, and stops when the caller
 * disconnects.
 */
import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault, FaultMode } from './faults'
import type { Answer } from './http'
import { send } from './http'

/** The answers that a fault can start from: the true one, and one with an errcode. */
export interface Answers {
  carryOut(): Answer
  refuse(errcode: number): Answer
  /** The answer with this status, or null when an error page will do. */
  fail(status: number): Answer | null
}

/** The call that the fault happens to. */
interface Scene {
  readonly response: ServerResponse
  readonly fault: Fault
  /** Aborts when the connection is closed or the answer has been sent. */
  readonly gone: AbortSignal
}

type Play = (scene: Scene) => void | Promise<void>

/** Runs as soon as the call arrives. The returned function runs after `delayMs`. */
type Begin = (answers: Answers) => Play

/** Fails in front of the endpoint. */
const fail =
  (answerOf: (fault: Fault, answers: Answers) => Answer): Begin =>
  (answers) =>
  ({ response, fault }) =>
    send(response, answerOf(fault, answers))

/** Carries the call out and spoils its answer. */
const spoil =
  (play: (scene: Scene, answer: Answer) => void | Promise<void>): Begin =>
  (answers) => {
    const answer = answers.carryOut()
    return (scene) => play(scene, answer)
  }

const HUGE_BYTES = 300 * 1024 * 1024
const CHUNK = Buffer.alloc(64 * 1024, 'x')
const DELAY_MS = 1000
const DRIP_MS = 250
/** Time for the headers to arrive before the reset. */
const HEADERS_FIRST_MS = 50
/**
 * The target of a redirect. It answers with a fake login, so that a client that follows the
 * redirect is detected.
 */
export const REDIRECT_TARGET = '/__sandbox/redirected'

const htmlAnswer = (status: number, title: string): Answer => ({
  status,
  contentType: 'text/html; charset=utf-8',
  body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
})

const errorPage = (status: number): Answer =>
  htmlAnswer(status, `${status} ${STATUS_CODES[status] ?? ''}`.trim())

/** Waits, at most until `gone` aborts. */
const pause = (ms: number, gone: AbortSignal): Promise<void> =>
  wait(ms, undefined, { signal: gone }).catch(() => undefined)

function startBody(response: ServerResponse, answer: Answer, length?: number) {
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    ...(length === undefined ? {} : { 'Content-Length': length }),
    ...answer.headers,
  })
  response.flushHeaders()
}

const resetSocket = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy()
}

async function dripBody({ response, fault, gone }: Scene, answer: Answer): Promise<void> {
  const bytes = Buffer.from(answer.body)
  startBody(response, answer, bytes.length)
  for (const byte of bytes) {
    if (response.destroyed) return
    response.write(Buffer.of(byte))
    await pause(fault.delayMs ?? DRIP_MS, gone)
  }
  response.end()
}

/** Puts a field of 300 MB in front of the true answer: a reader without a limit accepts it. */
async function streamHugeBody({ response, gone }: Scene, answer: Answer): Promise<void> {
  startBody(response, answer)
  response.write('{"padding":"')
  for (let sent = 0; sent < HUGE_BYTES; sent += CHUNK.length) {
    const isFull = !response.write(CHUNK)
    if (isFull) await once(response, 'drain', { signal: gone }).catch(() => undefined)
    if (response.destroyed) return
  }
  response.end(`",${answer.body.slice(1).toString()}`)
}

async function resetAfterHeaders({ response, gone }: Scene, answer: Answer): Promise<void> {
  startBody(response, answer, Buffer.byteLength(answer.body))
  response.write(halfOf(answer))
  await pause(HEADERS_FIRST_MS, gone)
  resetSocket(response)
}

const withStatus = (answer: Answer, { status }: Fault): Answer =>
  status === undefined ? answer : { ...answer, status }

const halfOf = ({ body }: Answer) => body.slice(0, body.length / 2)

const FAULTS: Readonly<Record<FaultMode, Begin>> = {
  errcode: fail((fault, answers) => withStatus(answers.refuse(fault.errcode ?? -1), fault)),
  status: fail(({ status = 502 }, answers) => answers.fail(status) ?? errorPage(status)),
  html: fail((fault) => withStatus(htmlAnswer(200, '系统繁忙，请稍后再试'), fault)),
  redirect: fail(({ status = 302 }) => ({
    status,
    contentType: 'text/html',
    body: '',
    headers: { Location: REDIRECT_TARGET },
  })),
  reset:
    () =>
    ({ response }) =>
      resetSocket(response),
  'bad-json': spoil(({ response, fault }, answer) =>
    send(response, withStatus({ ...answer, body: halfOf(answer) }, fault)),
  ),
  empty: spoil(({ response, fault }, answer) =>
    send(response, withStatus({ ...answer, body: '' }, fault)),
  ),
  hang: spoil(() => undefined),
  'reset-after-headers': spoil(resetAfterHeaders),
  'slow-body': spoil(dripBody),
  'huge-body': spoil(streamHugeBody),
  delay: spoil(({ response, fault }, answer) => send(response, withStatus(answer, fault))),
}

/** Resolves when the fault has happened or the caller has disconnected. */
export async function playFault(
  response: ServerResponse,
  fault: Fault,
  answers: Answers,
): Promise<void> {
  const caller = new AbortController()
  response.once('close', () => caller.abort())
  const play = FAULTS[fault.mode](answers)
  const beforeMs = fault.delayMs ?? (fault.mode === 'delay' ? DELAY_MS : 0)
  if (fault.mode !== 'slow-body' && beforeMs > 0) await pause(beforeMs, caller.signal)
  if (response.destroyed) return
  await play({ response, fault, gone: caller.signal })
}
