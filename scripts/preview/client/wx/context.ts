/** What the wx APIs work on; made once when the mini-program starts. */
import type { PageStack } from '../engine/page-stack'
import type { Overlays } from '../phone/overlays'

export interface WxContext {
  appid: string
  /** Names the mini-program's storage. */
  storageName: string
  hasSandbox: boolean
  /** Hosts beside this computer that requests may reach. */
  allow: readonly string[]
  readonly stack: PageStack
  overlays: Overlays
  config: Record<string, unknown>
  /** What `wx.getLaunchOptionsSync` answers. */
  launch: object
  /** What `wx.getEnterOptionsSync` answers: the last way in. */
  enter: object
  /** Starts the mini-program again, as `wx.restartMiniProgram` and an update do. */
  restart: () => void
}

/** A group of wx members: functions by name. */
export type ApiGroup = Record<string, unknown>
