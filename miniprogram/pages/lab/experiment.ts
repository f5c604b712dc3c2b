/** What an experiment is. */

import type { Outcome } from './outcome'

/** What sets a card off: a plain tap, a button with an open type, a form, or nothing at all. */
export type Trigger =
  'tap' | 'getUserInfo' | 'getPhoneNumber' | 'chooseAvatar' | 'nickname' | 'open-data'

/** The detail of the event that set it off; every field depends on the trigger. */
interface Detail {
  code?: string
  errMsg?: string
  avatarUrl?: string
  value?: { nickname?: string }
}

export interface Experiment {
  id: string
  trigger: Trigger
  /** The base library that brought it. */
  since: string
  /** The interface it needs, where a host may lack it. */
  api?: keyof WechatMiniprogram.Wx
  run(detail: Detail): Promise<Outcome>
}
