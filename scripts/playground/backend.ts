/**
 * The playground's BFF and WeChat over one storage. Uses only APIs that browsers and Node share.
 */
import type { DrawAvatar } from './bff/avatars'
import { createBff } from './bff/bff'
import type { Bff } from './bff/bff'
import { createStore } from './bff/store'
import { createJsonStorage } from './json-storage'
import type { BrowserStorage } from './json-storage'
import { createControl } from './wechat/control'
import type { Control } from './wechat/control'
import { createWechat } from './wechat/wechat'
import { createWorldStorage } from './wechat/world-storage'

export interface BackendOptions {
  storage: BrowserStorage
  drawAvatar: DrawAvatar
  /** Milliseconds since 1970; the browser's clock by default. */
  now?: () => number
  /** Delay of WeChat's answers. */
  wechatLatencyMs: number
}

export interface Backend {
  bff: Bff
  control: Control
  /** A picture by its public name, as base64; null if there is none. */
  findAvatar: (name: string) => string | null
}

export function createBackend(options: BackendOptions): Backend {
  const { drawAvatar, now = () => Date.now(), wechatLatencyMs } = options
  const storage = createJsonStorage(options.storage)
  const store = createStore(storage)
  const worlds = createWorldStorage(storage)
  const wechat = createWechat(storage, worlds, wechatLatencyMs)
  return {
    bff: createBff({ store, wechat, drawAvatar, now }),
    control: createControl(worlds, wechat),
    findAvatar: store.findAvatar,
  }
}
