/**
 * WeChat's answers to buttons with an open type and to nickname fields: avatars, phone numbers, the
 * anonymous profile. Depends on the chosen base library; an open type that it does not know does
 * nothing.
 * https://developers.weixin.qq.com/miniprogram/dev/component/button.html
 */
import { addOpenType, type SendEvent } from '../elements/button'
import { setNicknameKeyboard } from '../elements/input'
import { setPickerSheets } from '../elements/picker'
import { callApp } from '../engine/app-instance'
import { chooseAvatar } from '../phone/avatar-chooser'
import { createNicknameBar } from '../phone/nickname-bar'
import { chooseColumns, enterMoment } from '../phone/picker-sheet'
import { addTemporaryFile } from '../pictures'
import { miniProgramConsole, reportError, reportGap } from '../reports'
import { settings } from '../settings'
import { hasVersion } from '../versions'
import { ApiFailure } from './call'
import type { WxContext } from './context'
import { answerUserInfoButton, askWeChat } from './login'
import { isPrivacyAgreed, requirePrivacy } from './privacy'

/** Base library that introduced chooseAvatar, nickname inputs, and codes for phone numbers. */
const FILL_SINCE = '2.21.2'
/**
 * Base library that introduced the realtime phone button and the content check of pictures and
 * nicknames.
 */
const CHECK_SINCE = '2.24.4'
/** Base library that brought the event nicknamereview. */
const REVIEW_SINCE = '2.29.1'

function leaveAndReturn({ stack }: WxContext) {
  return {
    onLeave(): void {
      stack.hideTop()
      callApp('onHide')
    },
    onReturn(): void {
      callApp('onShow', { path: '', query: {}, scene: 1001 })
      stack.showTop()
    },
  }
}

async function answerAvatar(context: WxContext, send: SendEvent): Promise<void> {
  try {
    await requirePrivacy('button(open-type=chooseAvatar)')
  } catch (error) {
    const { message, errno } = error as ApiFailure
    send('error', { errMsg: `chooseAvatar:fail ${message}`, errno })
    return
  }
  const around = leaveAndReturn(context)
  const picture = await chooseAvatar(context.overlays.layer, settings.user, around)
  if (picture === null) {
    miniProgramConsole.warn('chooseAvatar:fail cancel')
  } else if (!picture.isHarmless && hasVersion(CHECK_SINCE)) {
    // WeChat fires no event for a picture that fails its check.
    miniProgramConsole.warn('chooseAvatar: the picture failed the content check, no event is sent')
  } else {
    send('chooseavatar', { avatarUrl: addTemporaryFile(picture.content, picture.extension) })
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Codes were introduced in 2.21.2; older clients get the number encrypted with the session_key. */
async function fetchPhone(context: WxContext, label: string, isSealed: boolean): Promise<object> {
  const answer: Record<string, string> = {}
  if (hasVersion(FILL_SINCE)) {
    answer['code'] = textOf((await askWeChat(context, label, 'phone-code', {}))['code'])
  }
  if (isSealed) {
    const sealed = await askWeChat(context, `${label} (sealed)`, 'open-data', { kind: 'phone' })
    answer['encryptedData'] = textOf(sealed['encryptedData'])
    answer['iv'] = textOf(sealed['iv'])
  }
  return answer
}

async function answerPhone(context: WxContext, isRealtime: boolean): Promise<object> {
  const name = isRealtime ? 'getRealtimePhoneNumber' : 'getPhoneNumber'
  try {
    await requirePrivacy(`button(open-type=${name})`)
    const isAllowed = await context.overlays.askConsent({
      title: isRealtime ? '申请实时验证你的手机号' : '申请获取并验证你的手机号',
      purpose: '验证后，小程序会得到你的手机号，用于向你提供服务。',
      rows: [{ title: '微信绑定的手机号', note: `${settings.user} 的号码` }],
    })
    if (!isAllowed) throw new ApiFailure('user deny')
    return { errMsg: `${name}:ok`, ...(await fetchPhone(context, name, !isRealtime)) }
  } catch (error) {
    const { message, errno } = error as ApiFailure
    return { errMsg: `${name}:fail ${message}`, ...(errno === undefined ? {} : { errno }) }
  }
}

/** Runs a button's handler; errors of the preview itself are reported, never swallowed. */
function start(name: string, work: Promise<void>): void {
  work.catch((error: unknown) => reportError(`<button open-type="${name}">`, error))
}

function addPhoneButton(
  context: WxContext,
  name: string,
  since: string,
  isRealtime: boolean,
): void {
  addOpenType(name, (_button, send) => {
    if (!hasVersion(since)) return
    const answer = answerPhone(context, isRealtime)
    start(
      name,
      answer.then((detail) => send(name.toLowerCase(), detail)),
    )
  })
}

/** Enables the open types and the nickname field. */
export function addButtons(context: WxContext): void {
  addPhoneButton(context, 'getPhoneNumber', '1.2.0', false)
  addPhoneButton(context, 'getRealtimePhoneNumber', CHECK_SINCE, true)
  addOpenType('chooseAvatar', (_button, send) => {
    if (hasVersion(FILL_SINCE)) start('chooseAvatar', answerAvatar(context, send))
  })
  addOpenType('getUserInfo', (_button, send) => {
    const answer = answerUserInfoButton(context)
    start(
      'getUserInfo',
      answer.then((detail) => send('getuserinfo', detail)),
    )
  })
  setPickerSheets({
    choose: (items, title) => context.overlays.choose(items, '', title),
    enter: (kind, value, title) => enterMoment(context.overlays.layer, kind, value, title),
    chooseColumns: (title, first, onChange) =>
      chooseColumns(context.overlays.layer, title, first, onChange),
    reportUnbuilt: reportGap,
  })
  setNicknameKeyboard(
    createNicknameBar(context.overlays.layer, {
      nickname: () => settings.user,
      isAvailable: () => hasVersion(FILL_SINCE) && isPrivacyAgreed(),
      isChecked: () => hasVersion(CHECK_SINCE),
      isReviewTold: () => hasVersion(REVIEW_SINCE),
    }),
  )
}
