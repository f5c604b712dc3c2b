/**
 * Identity: login, checkSession, getUserProfile, getUserInfo and the related button types. Codes
 * and encrypted data come from the WeChat sandbox; without one every call fails with the reason.
 * https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html
 */
import { callSandbox, SandboxError } from '../bridge'
import { isTapping } from '../engine/tap'
import { ANONYMOUS_AVATAR, ANONYMOUS_NICKNAME, rememberAvatar } from '../pictures'
import { settings } from '../settings'
import { beginCall } from '../trace'
import { hasVersion } from '../versions'
import { ApiFailure, createApi, type Options } from './call'
import type { ApiGroup, WxContext } from './context'
import { delayByNetwork } from './exchange'
import { requirePrivacy } from './privacy'

const MAX_DESC_LENGTH = 30
/** From this version on the profile is anonymous even with consent. */
const RECLAIMED_SINCE = '2.27.1'

const anonymousProfile = {
  nickName: ANONYMOUS_NICKNAME,
  avatarUrl: ANONYMOUS_AVATAR,
  gender: 0,
  country: '',
  province: '',
  city: '',
}

/** Calls a control endpoint of the sandbox, which acts as WeChat, and logs the call. */
export async function callWeChat(
  context: WxContext,
  label: string,
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const call = beginCall('mini', 'wechat', label, { request: body })
  try {
    await delayByNetwork()
    if (!context.hasSandbox) {
      throw new SandboxError('no WeChat sandbox is configured: start one with npm run sandbox')
    }
    const answer = await callSandbox(path, body)
    call.end('ok', false, { response: answer })
    return answer
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    call.end(`fail ${reason}`, true)
    throw error instanceof ApiFailure ? error : new ApiFailure(reason, 600_001)
  }
}

/** Asks WeChat for the current person's data. */
export function askWeChat(
  context: WxContext,
  label: string,
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const who = { appid: context.appid, user: settings.user }
  return callWeChat(context, label, path, { ...who, ...body })
}

async function login(context: WxContext): Promise<object> {
  const { code } = await askWeChat(context, 'wx.login', 'login-code', {})
  return { code }
}

async function checkSession(context: WxContext): Promise<undefined> {
  const { valid } = await askWeChat(context, 'wx.checkSession', 'check-session', {})
  if (valid !== true) throw new ApiFailure('session time out, need relogin')
  return undefined
}

/** Encrypted profile data as the APIs return it; `data` replaces the person's real fields. */
async function openData(context: WxContext, label: string, kind: string, data?: object) {
  const body = data === undefined ? { kind } : { kind, data }
  const sealed = await askWeChat(context, label, 'open-data', body)
  const rawData = typeof sealed['rawData'] === 'string' ? sealed['rawData'] : '{}'
  const userInfo = { ...(JSON.parse(rawData) as { avatarUrl?: string }), language: 'zh_CN' }
  rememberAvatar(userInfo.avatarUrl ?? '', settings.user)
  return { ...sealed, userInfo }
}

function checkDesc(options: Options): string {
  const { desc } = options
  if (typeof desc !== 'string' || desc === '') {
    throw new ApiFailure('parameter error: parameter.desc should be String instead of Undefined;')
  }
  if (desc.length > MAX_DESC_LENGTH) {
    throw new ApiFailure('desc length does not meet the requirements')
  }
  return desc
}

async function getUserProfile(context: WxContext, options: Options): Promise<object> {
  const desc = checkDesc(options)
  if (!isTapping()) throw new ApiFailure('can only be invoked by user TAP gesture.')
  const isAllowed = await context.overlays.askConsent({
    title: '获取你的昵称、头像、地区及性别',
    purpose: desc,
    rows: [{ avatar: settings.user, title: settings.user, note: '微信个人信息' }],
  })
  if (!isAllowed) throw new ApiFailure('auth deny')
  const replaced = hasVersion(RECLAIMED_SINCE) ? anonymousProfile : undefined
  return openData(context, 'wx.getUserProfile', 'profile', replaced)
}

/** Anonymous for everybody since 2021-04-28, without a dialog; openId is only in encryptedData. */
async function getUserInfo(context: WxContext, options: Options): Promise<object> {
  const wantsIds = options['withCredentials'] !== false
  const kind = wantsIds ? 'openid' : 'profile'
  const answer = await openData(context, 'wx.getUserInfo', kind, anonymousProfile)
  if (wantsIds) return answer
  const { rawData, userInfo } = answer as { rawData?: unknown; userInfo: object }
  return { rawData, userInfo }
}

/** The event detail of a button with open-type="getUserInfo", also on failure. */
export async function answerUserInfoButton(context: WxContext): Promise<object> {
  try {
    await requirePrivacy('button(open-type=getUserInfo)')
    return { errMsg: 'getUserInfo:ok', ...(await getUserInfo(context, {})) }
  } catch (error) {
    return { errMsg: `getUserInfo:fail ${error instanceof Error ? error.message : ''}` }
  }
}

/** login, checkSession, getUserProfile (from 2.10.4) and getUserInfo. */
export function createLoginApis(context: WxContext): ApiGroup {
  return {
    login: createApi('login', () => login(context), { hasPromise: false }),
    checkSession: createApi('checkSession', () => checkSession(context)),
    getUserInfo: createApi('getUserInfo', (options) => getUserInfo(context, options), {
      hasPromise: false,
    }),
    getAccountInfoSync: () => ({
      miniProgram: {
        appId: context.appid,
        envVersion: settings.env,
        version: settings.env === 'release' ? '1.0.0' : '',
      },
      plugin: {},
    }),
    getUserProfile: createApi('getUserProfile', (options) => getUserProfile(context, options)),
  }
}
