/** Uploads one file. After a 401 it is sent once more with a new token; otherwise it is never sent again. */
import { sendCustom } from './request'
import type { State } from './session'
import { assertBaseUrl, readReply } from './transport'
import type { UploadOptions } from './types'
import { callAsync } from './wx'

/** How long a whole upload may take, in milliseconds. WeChat's own default is a minute. */
const UPLOAD_TIMEOUT_MS = 600000

/** The time limit starts again at each sign of progress, so that a slow upload does not time out. */
export async function upload(state: State, options: UploadOptions): Promise<unknown> {
  assertBaseUrl(state.baseUrl)
  const { path, onProgress, ...file } = options
  return sendCustom(state, {
    path,
    idempotent: false,
    start: ({ url, header }) =>
      callAsync(
        'uploadFile',
        { ...file, url, header, timeout: UPLOAD_TIMEOUT_MS },
        (task, keepAlive) =>
          task.onProgressUpdate?.(({ progress }) => {
            keepAlive()
            onProgress?.(progress)
          }),
      ),
    read: readReply,
  })
}
