/**
 * Avatar and nickname, in each way that WeChat has known. An anonymous profile is recognised here and
 * never sent; a refusal is an outcome, not a loss: nothing that the user had is cleared.
 */
import type { User } from '../../typings/api'
import { parseUser } from './answers'
import type { Core } from './core'
import { createAuthError, isObject, parseFailure } from './errors'
import { request, requestOnce } from './request'
import { createScope } from './scope'
import { assertEra, findToken, keepUser, seal } from './session'
import { parseJson } from './transport'
import type { Profile, ProfileMode, UserInfoDetail } from './types'
import { upload } from './upload'
import { ask, start } from './wx'

const anonymousName = '微信用户'
/** The grey avatar's path, the same for every host, scheme and size. */
const greyAvatar =
  'POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg'

/** The user that the server answers, kept as the present one. */
export async function keepAnswer(
  core: Core,
  askServer: (era: number) => Promise<unknown>,
): Promise<User> {
  const { era } = core
  const user = parseUser(await askServer(era))
  keepUser(core, era, user)
  return user
}

/** Posts sealed data that was made in this very turn; see seal() for the order it keeps. */
export function postSealed(core: Core, era: number, path: string, data: object): Promise<unknown> {
  const find = (): string | null => findToken(core, era)
  return seal(core, era, () => requestOnce(core, { path, method: 'POST', data }, find))
}

export function createProfile(core: Core): Profile {
  const post = async (detail: unknown, era: number): Promise<unknown> =>
    postSealed(core, era, '/v1/me/wechat-profile', parseProfile(detail))
  return {
    mode: findMode,
    fromTap: (desc) =>
      keepAnswer(core, async (era) => {
        assertEra(core, era)
        return createScope().wait((resolve, reject) =>
          start('getUserProfile', { desc, lang: 'zh_CN' })(
            // In WeChat's own callback, so that no login slips between the data and its sending.
            (detail) => resolve(post(detail, era)),
            (failure) => reject(parseFailure(failure, 'unsupported')),
          ),
        )
      }),
    fromButton: (detail) => keepAnswer(core, (era) => post(detail, era)),
    setAvatar: (filePath, onProgress) =>
      keepAnswer(core, () =>
        upload(core, {
          path: '/v1/me/avatar',
          filePath,
          name: 'avatar',
          ...(onProgress && { onProgress }),
        }),
      ),
    setNickname: (nickname) =>
      keepAnswer(core, () => request(core, { path: '/v1/me', method: 'PUT', data: { nickname } })),
    refresh: () => keepAnswer(core, () => request(core, { path: '/v1/me' })),
  }
}

/** Throws `denied`, `unsupported` or `protocol` for what the server could make nothing of. */
function parseProfile(detail: unknown): object {
  const sealed: UserInfoDetail = isObject(detail) ? detail : {}
  const { rawData = '', signature, encryptedData, iv, userInfo = parseJson(rawData) } = sealed
  if (isAnonymous(userInfo)) {
    const message = 'WeChat gave an anonymous profile: let the user fill in name and avatar'
    throw createAuthError('unsupported', message, { code: 'ANONYMOUS_PROFILE' })
  }
  if (rawData && signature && encryptedData && iv) return { rawData, signature, encryptedData, iv }
  throw parseFailure(detail, 'protocol')
}

/** What WeChat answers since 2022-11-08 instead of the real name and avatar. */
function isAnonymous(userInfo: unknown): boolean {
  const { nickName, avatarUrl } = (userInfo ?? {}) as Record<string, string | undefined>
  return nickName === anonymousName && (!avatarUrl || avatarUrl.includes(greyAvatar))
}

/** chooseAvatar and nickname since 2.21.2, wx.getUserProfile since 2.10.4. */
function findMode(): ProfileMode {
  const version = versionFrom('getAppBaseInfo') ?? versionFrom('getSystemInfoSync') ?? ''
  // As numbers, part by part: as a string, 2.9 would come after 2.10.
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => parseInt(part, 10))
  const rank = (major * 1000 + minor) * 1000 + patch
  if (rank >= 2_021_002) return 'fill'
  return rank >= 2_010_004 ? 'getUserProfile' : 'getUserInfo'
}

function versionFrom(name: 'getAppBaseInfo' | 'getSystemInfoSync'): string | undefined {
  return ((ask(name) ?? {}) as { SDKVersion?: string }).SDKVersion
}
