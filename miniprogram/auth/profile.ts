/**
 * Avatar and nickname, by each API that WeChat has offered. An anonymous profile is recognised here
 * and never sent. A refusal clears nothing that the user had.
 */
import { createAuthError, parseFailure } from './errors'
import { request } from './request'
import { sendSealedData } from './sealed-data'
import type { State } from './session'
import { assertGeneration, saveUser } from './session'
import type { Profile, ProfileMode, UserInfoDetail } from './types'
import { upload } from './upload'
import { fieldsOf } from './values'
import { callAsync, callSync, noop } from './wx'

export function createProfile(state: State): Profile {
  const post = async (detail: unknown, generation: number): Promise<unknown> =>
    sendSealedData(state, generation, {
      path: '/v1/me/wechat-profile',
      method: 'POST',
      data: parseProfile(detail),
    })
  return {
    mode: findMode,
    fromTap: (desc) =>
      saveUser(state, async (generation) => {
        assertGeneration(state, generation)
        let posted: Promise<unknown> | undefined
        return new Promise((resolve, reject) =>
          callAsync('getUserProfile', { desc, lang: 'zh_CN' })(
            // Sent in WeChat's own callback, so that no login can start between the data and its sending; and
            // once, even if WeChat calls back twice.
            (detail) => resolve((posted = posted ?? post(detail, generation))),
            (failure) => reject(parseFailure(failure, 'unsupported')),
            noop,
          ),
        )
      }),
    fromButton: (detail) => saveUser(state, (generation) => post(detail, generation)),
    setAvatar: (filePath, onProgress) =>
      saveUser(state, () =>
        upload(state, { path: '/v1/me/avatar', filePath, name: 'avatar', onProgress }),
      ),
    setNickname: (nickname) =>
      saveUser(state, () => request(state, { path: '/v1/me', method: 'PUT', data: { nickname } })),
    refresh: () => saveUser(state, () => request(state, { path: '/v1/me' }), true),
  }
}

/**
 * The avatar that WeChat returns since 2022-11-08 instead of the real one, with the name 微信用户.
 * Host, scheme and size vary, but the path begins with this.
 */
const GREY_AVATAR = '/POgEwh4mIHO4nibH'

/** Throws `denied`, `unsupported` or `protocol` for a detail that the server could not use. */
function parseProfile(detail: unknown): object {
  const { rawData, signature, encryptedData, iv, userInfo } = fieldsOf(detail) as UserInfoDetail
  const { nickName, avatarUrl } = fieldsOf(userInfo) as { nickName?: string; avatarUrl?: string }
  if (nickName === '微信用户' && (!avatarUrl || avatarUrl.includes(GREY_AVATAR))) {
    const code = 'ANONYMOUS_PROFILE'
    throw createAuthError('unsupported', code, { code })
  }
  if (encryptedData) return { rawData, signature, encryptedData, iv }
  throw parseFailure(detail, 'protocol')
}

/** chooseAvatar and nickname since 2.21.2, wx.getUserProfile since 2.10.4. */
function findMode(): ProfileMode {
  const { SDKVersion = fieldsOf(callSync('getSystemInfoSync'))['SDKVersion'] } = fieldsOf(
    callSync('getAppBaseInfo'),
  )
  const [major = 0, minor = 0, patch = 0] = String(SDKVersion)
    .split('.')
    .map((part) => parseInt(part, 10))
  const version = major * 1e6 + minor * 1e3 + patch
  if (version >= 2021002) return 'fill'
  return version >= 2010004 ? 'getUserProfile' : 'getUserInfo'
}
