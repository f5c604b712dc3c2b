/** Uploads one file; after a 401 once more with a new token, otherwise never again by itself. */
import type { Core } from './core'
import { perform } from './request'
import { createScope } from './scope'
import type { UploadOptions } from './types'
import { start } from './wx'

/** The time limit begins anew with each sign of progress: a slow line is not a dead one. */
export function upload(core: Core, options: UploadOptions): Promise<unknown> {
  const { path, onProgress, ...file } = options
  return perform(core, {
    scope: createScope(),
    auth: true,
    idempotent: false,
    call: (header, alive) =>
      start('uploadFile', { ...file, url: core.options.baseUrl + path, header }, (percent) => {
        alive()
        onProgress?.(percent)
      }),
  })
}
