/** Downloads one file with the token: retried like a GET, once more after a 401. */
import { sendCustom } from './request'
import { stateOf } from './session'
import { assertBaseUrl, readReply } from './transport'
import type { AbortSignalLike, Auth, Reply } from './types'
import { isObject } from './values'
import type { WxReply } from './wx'
import { callAsync, readTextFile } from './wx'

export interface DownloadOptions {
  /** Begins with one slash. */
  path: string
  /** Where to keep the file; a temporary one by default. After a failure it may hold anything. */
  filePath?: string
  /** 0 to 100; starts again when the download is sent a second time. */
  onProgress?: ((percent: number) => void) | undefined
  signal?: AbortSignalLike | undefined
}

/** How long a whole download may take, in milliseconds. WeChat's own default is a minute. */
const DOWNLOAD_TIMEOUT_MS = 600000

/**
 * Resolves with the path of the file. The time limit starts again at each sign of progress.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/download/wx.downloadFile.html
 */
export async function download(
  auth: Auth,
  { path, filePath, onProgress, signal }: DownloadOptions,
): Promise<{ tempFilePath: string }> {
  const state = stateOf(auth)
  assertBaseUrl(state.baseUrl)
  let received: unknown
  let tempFilePath = ''
  await sendCustom(state, {
    path,
    signal,
    idempotent: true,
    start({ url, header }) {
      const options = { url, header, ...(filePath && { filePath }), timeout: DOWNLOAD_TIMEOUT_MS }
      return callAsync('downloadFile', options, (task, keepAlive) => {
        task.onProgressUpdate?.(({ progress }) => {
          keepAlive()
          onProgress?.(progress)
        })
        task.onHeadersReceived?.((headers) => (received = headers.header))
      })
    },
    read(reply) {
      tempFilePath = reply.tempFilePath ?? reply.filePath ?? ''
      return readRefusal({ ...reply, header: reply.header ?? received }, tempFilePath)
    },
  })
  return { tempFilePath }
}

/**
 * Null for a good file. WeChat stores the body of any answer as a file, also of a refusal: if the
 * status or the type indicates one, the dialect judges the content of the file.
 */
function readRefusal(reply: WxReply, path: string): Reply | null {
  const isGood = reply.statusCode >= 200 && reply.statusCode < 300
  if (isGood && !isJson(reply.header)) return null
  const text = readTextFile(path)
  return isGood && text === undefined ? null : readReply({ ...reply, data: text })
}

/** Header names may be in any letter case. */
export function isJson(header: unknown): boolean {
  if (!isObject(header)) return false
  const name = Object.keys(header).find((key) => key.toLowerCase() === 'content-type')
  return name !== undefined && /\bjson\b/i.test(String(header[name]))
}
