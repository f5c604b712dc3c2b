/** The questions that 我的 asks before an action that another tap can't undo, and the actions. */

import { deleteAccount } from '../../auth/delete-account'
import type { Auth } from '../../auth/index'
import {
  endDevice,
  endOtherDevices,
  removeAvatar,
  removeNickname,
  removePhone,
} from '../../services/account'
import { texts } from '../../texts'

export type Subject = 'device' | 'otherDevices' | 'phone' | 'avatar' | 'nickname' | 'account'

interface Confirmation {
  title: string
  detail: string
  action: string
  /** Toast after success; none when empty. */
  done: string
  /** @param id of the device, if one was chosen. */
  run: (auth: Auth, id: string) => Promise<void>
}

const { confirm } = texts.me

export const confirmations: Record<Subject, Confirmation> = {
  device: { ...confirm.device, run: endDevice },
  otherDevices: { ...confirm.otherDevices, run: endOtherDevices },
  phone: { ...confirm.phone, run: removePhone },
  avatar: { ...confirm.avatar, run: removeAvatar },
  nickname: { ...confirm.nickname, run: removeNickname },
  account: { ...confirm.account, run: deleteAccount },
}
