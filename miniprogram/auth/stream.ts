/**
 * Reads an answer while it arrives, with the token: text in whole characters, or server-sent events. Once a
 * part of it has been handed out it is not sent again, since the caller would get that part twice.
 */
import { isJson } from './download'
import { sendCustom } from './request'
import { createEventReader } from './stream-events'
import type { StreamEvent } from './stream-events'
import { createUtf8Decoder } from './stream-utf8'
import { stateOf } from './session'
import { readReply } from './transport'
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
  /** Gets the text as it comes, never half a character. */
  onText?: ((text: string) => void) | undefined
  /** Gets server-sent events, each once it is complete. */
  onEvent?: ((event: StreamEvent) => void) | undefined
  signal?: AbortSignalLike | undefined
}

/** How long a stream may last, and how long it may be silent, in milliseconds. */
const STREAM_TIMEOUT_MS = 3600000
const SILENCE_MS = 60000

/**
 * Resolves when the answer is complete. Needs base library 2.20.2 for parts; below it everything comes at
 * the end. A GET that has handed out nothing yet is retried like any other.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/request/RequestTask.onChunkReceived.html
 */
export async function stream(auth: Auth, options: StreamOptions): Promise<void> {
  const { path, method = 'GET', data, signal } = options
  let attempt = createAttempt(options)
  await sendCustom(stateOf(auth), {
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
        // Text stays text: WeChat would parse what looks like JSON.
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

/** One attempt: holds back what may be a refusal, and hands out everything else at once. */
function createAttempt({ onText, onEvent }: StreamOptions) {
  const decoder = createUtf8Decoder()
  const events = createEventReader((event) => onEvent?.(event))
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
      onText?.(text)
      events.take(text)
    }
  }
  const begin = (headers: { header?: unknown; statusCode?: number }): void => {
    // DevTools tells no status here: then only the type can say that it may be a refusal.
    header = headers.header
    isHeldBack = !isGood(headers.statusCode ?? 200) || isJson(header)
  }
  return {
    begin,
    /** Hands out nothing more: the stream was aborted, or silent for too long. */
    close: () => void (isOver = true),
    take(bytes: Uint8Array): void {
      if (isOver) return
      // A part before any headers can't wait for headers that may never come.
      isHeldBack = isHeldBack ?? false
      pass(decoder.decode(bytes))
    },
    finish(reply: WxReply): Reply | null {
      isOver = true
      const { statusCode, data } = reply
      if (isHeldBack === null) begin({ header: reply.header, statusCode })
      pass(decoder.end())
      // A client that knows no parts hands over everything now.
      if (!hasDelivered && heldBack === '' && typeof data === 'string') pass(data)
      if (isGood(statusCode) && !isHeldBack) return null
      return readReply({ statusCode, header: reply.header ?? header, data: heldBack })
    },
    /** The answer was good after all: hands out what was held back. */
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
