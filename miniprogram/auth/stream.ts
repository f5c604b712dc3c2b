/**
 * Reads an answer while it arrives, with the token: text in whole characters, or server-sent events.
 * Once the caller has received a part it is not sent again, since the caller would get that part twice.
 */
import { isJson } from './download'
import { callSafely } from './errors'
import { sendCustom } from './request'
import { createEventReader } from './stream-events'
import type { StreamEvent } from './stream-events'
import { createUtf8Decoder } from './stream-utf8'
import { stateOf } from './session'
import { assertBaseUrl, readReply } from './transport'
import type { AbortSignalLike, Auth, HttpMethod, Reply } from './types'
import type { WxReply } from './wx'
import { callAsync } from './wx'

export type { StreamEvent }

export interface StreamOptions {
  /** Begins with one slash. */
  path: string
  /** Default GET. */
  method?: HttpMethod
  data?: object
  /** Gets each piece of text as it arrives, never half a character. */
  onText?: ((text: string) => void) | undefined
  /** Gets each server-sent event once it is complete. */
  onEvent?: ((event: StreamEvent) => void) | undefined
  signal?: AbortSignalLike | undefined
}

/** How long a stream may last, and how long it may be silent, in milliseconds. */
const STREAM_TIMEOUT_MS = 3600000
const SILENCE_MS = 60000

/**
 * Resolves when the answer is complete. Needs base library 2.20.2 for chunks; below it everything arrives at
 * the end. A GET that has delivered nothing yet is retried like any other.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/request/RequestTask.onChunkReceived.html
 */
export async function stream(auth: Auth, options: StreamOptions): Promise<void> {
  const { path, method = 'GET', data, signal } = options
  const state = stateOf(auth)
  assertBaseUrl(state.baseUrl)
  let attempt = createAttempt(options)
  await sendCustom(state, {
    path,
    signal,
    idempotent: method === 'GET',
    silenceMs: SILENCE_MS,
    start({ url, header }) {
      const current = (attempt = createAttempt(options))
      const request = {
        url,
        method,
        header: { Accept: 'text/event-stream, */*', ...header },
        ...(data && { data }),
        enableChunked: true,
        // Otherwise WeChat would parse text that looks like JSON.
        dataType: 'text',
        timeout: STREAM_TIMEOUT_MS,
      }
      const begin = callAsync<WxReply>('request', request, (task, keepAlive) => {
        task.onHeadersReceived?.((headers) => current.begin(headers))
        task.onChunkReceived?.((chunk) => {
          keepAlive()
          current.take(new Uint8Array(chunk.data))
        })
      })
      return (resolve, reject, keepAlive) => {
        const stop = begin(resolve, reject, keepAlive)
        return () => {
          current.close()
          stop()
        }
      }
    },
    read: (reply) => attempt.finish(reply),
    hasDelivered: () => attempt.hasDelivered(),
  })
  attempt.release()
}

/** One attempt: holds back a body that may be a refusal, and delivers everything else immediately. */
function createAttempt({ onText, onEvent }: StreamOptions) {
  const decoder = createUtf8Decoder()
  const events = createEventReader((event) => callSafely(() => onEvent?.(event)))
  let isHeldBack: boolean | null = null
  let header: unknown
  let heldBack = ''
  let hasDelivered = false
  let isOver = false
  const pass = (text: string): void => {
    if (isHeldBack) {
      heldBack += text
    } else if (text !== '') {
      hasDelivered = true
      callSafely(() => onText?.(text))
      events.take(text)
    }
  }
  const begin = (headers: { header?: unknown; statusCode?: number }): void => {
    // DevTools gives no status here; then only the content type indicates a refusal.
    header = headers.header
    isHeldBack = !isGood(headers.statusCode ?? 200) || isJson(header)
  }
  return {
    begin,
    /** Delivers nothing more: the stream was aborted, or silent for too long. */
    close: () => void (isOver = true),
    take(bytes: Uint8Array): void {
      if (isOver) return
      // A chunk without headers is delivered, because headers may never arrive.
      isHeldBack = isHeldBack ?? false
      pass(decoder.decode(bytes))
    },
    finish(reply: WxReply): Reply | null {
      isOver = true
      const { statusCode, data } = reply
      if (isHeldBack === null) begin({ header: reply.header, statusCode })
      pass(decoder.end())
      // A client without chunks delivers the whole text here.
      if (!hasDelivered && heldBack === '' && typeof data === 'string') pass(data)
      if (isGood(statusCode) && !isHeldBack) return null
      return readReply({ statusCode, header: reply.header ?? header, data: heldBack })
    },
    /** Delivers what was held back, because the answer was good after all. */
    release(): void {
      isHeldBack = false
      pass(heldBack)
    },
    hasDelivered: () => hasDelivered,
  }
}

function isGood(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300
}
