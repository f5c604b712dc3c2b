/** The shared context of the wx APIs; created once when the mini-program starts. */
import type { PageStack } from '../engine/page-stack'
import type { Overlays } from '../phone/overlays'

export interface WxContext {
  appid: string
  /** Names the mini-program's storage. */
  storageName: string
  hasSandbox: boolean
  /** Additional hosts that requests may reach. */
  allow: readonly string[]
  readonly stack: PageStack
  overlays: Overlays
  config: Record<string, unknown>
  /** The result of `wx.getLaunchOptionsSync`. */
  launch: object
  /** The result of `wx.getEnterOptionsSync`: the last entry. */
  enter: object
  /** Restarts the mini-program, as `wx.restartMiniProgram` and an update do. */
  restart: () => void
}

/** A group of wx members: functions by name. */
export type ApiGroup = Record<string, unknown>
