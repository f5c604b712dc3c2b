/** The type of an experiment. */

import type { Outcome } from './outcome'

/** What starts a card: a plain tap, a button with an open type, a form, or nothing. */
export type Trigger =
  'tap' | 'getUserInfo' | 'getPhoneNumber' | 'chooseAvatar' | 'nickname' | 'open-data'

/** The detail of the event that started it; its fields depend on the trigger. */
interface Detail {
  code?: string
  errMsg?: string
  avatarUrl?: string
  value?: { nickname?: string }
}

export interface Experiment {
  id: string
  trigger: Trigger
  /** The base library that introduced it. */
  since: string
  /** The API that it needs, which a host may lack. */
  api?: keyof WechatMiniprogram.Wx
  run(detail: Detail): Promise<Outcome>
}
