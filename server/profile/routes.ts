/** The person: profile, picture, phone number, everything that is stored, and the end of it. */
import type { Config, WechatApp } from '../config'
import { ApiError } from '../errors'
import { readJson } from '../http/read-json'
import { SENT } from '../http/route'
import type { Route } from '../http/route'
import { sendPicture } from '../http/send'
import { userAnswer } from '../http/user-view'
import type { ShowUser } from '../http/user-view'
import type { Logger } from '../logger'
import type { Sealer } from '../sealing'
import type { Sessions } from '../sessions/sessions'
import type { SpentCodes } from '../spent-codes'
import type { Store } from '../store/store'
import type { Wechat } from '../wechat/wechat'
import { AVATAR_NAME, createSetAvatar } from './avatar'
import type { LimitCalls } from './call-limit'
import { createChangeProfile } from './change-profile'
import { createExportAccount } from './export-account'
import type { ExportParts } from './export-account'
import { createPersonalKeys } from './personal-keys'
import type { PersonalKeys } from './personal-keys'
import { createAcceptPhone } from './phone'
import { readPicture } from './read-picture'
import { phoneBody, sessionCheckAnswer, updateMeBody, wechatProfileBody } from './schemas'
import { createUploadPlaces } from './upload-places'
import { createAcceptProfile } from './wechat-profile'

export interface ProfileRoutesDeps {
  apps: readonly WechatApp[]
  store: Store
  sessions: Pick<Sessions, 'whileLive'>
  wechat: Wechat
  sealer: Sealer
  spentCodes: SpentCodes
  limitCalls: LimitCalls
  contentCheck: Config['contentCheck']
  /** False shows openid and unionid to nobody, not even in the export. */
  exposeOpenid: boolean
  exportParts: ExportParts
  showUser: ShowUser
  logger: Logger
  now: () => number
}

function profileRoutes(deps: ProfileRoutesDeps): Route[] {
  const { showUser } = deps
  const changeProfile = createChangeProfile(deps)
  return [
    {
      method: 'get',
      path: '/v1/me',
      summary: 'The signed-in user',
      auth: true,
      answer: userAnswer,
      errors: [],
      handle: (req, _res, { user }) => Promise.resolve(showUser(user, req)),
    },
    {
      method: 'put',
      path: '/v1/me',
      summary: 'Changes the fields that are given',
      auth: true,
      body: updateMeBody,
      answer: userAnswer,
      errors: [
        'CONTENT_REJECTED',
        'RATE_LIMITED',
        'WX_QUOTA',
        'WX_UNAVAILABLE',
        'WX_MISCONFIGURED',
      ],
      async handle(req, _res, live) {
        return showUser(await changeProfile(live, await readJson(req, updateMeBody)), req)
      },
    },
  ]
}

function wechatRoutes(deps: ProfileRoutesDeps, personalKeys: PersonalKeys): Route[] {
  const { showUser } = deps
  const acceptProfile = createAcceptProfile({ ...deps, personalKeys })
  return [
    {
      method: 'post',
      path: '/v1/me/wechat-profile',
      summary: 'Takes over what wx.getUserProfile or open-type="getUserInfo" answered',
      auth: true,
      body: wechatProfileBody,
      answer: userAnswer,
      errors: ['OPEN_DATA_INVALID', 'SESSION_KEY_STALE', 'RATE_LIMITED'],
      async handle(req, _res, live) {
        const body = await readJson(req, wechatProfileBody)
        return showUser(await acceptProfile(live, body), req)
      },
    },
    {
      method: 'get',
      path: '/v1/session/check',
      summary: "Asks WeChat whether this person's session_key is still valid",
      auth: true,
      answer: sessionCheckAnswer,
      errors: [
        'SESSION_KEY_STALE',
        'RATE_LIMITED',
        'WX_USER_BLOCKED',
        'WX_UNAVAILABLE',
        'WX_MISCONFIGURED',
        'WX_QUOTA',
      ],
      handle: async (_req, _res, live) => ({
        sessionKeyValid: await personalKeys.isValid(live.session),
      }),
    },
  ]
}

function phoneRoutes(deps: ProfileRoutesDeps, personalKeys: PersonalKeys): Route[] {
  const { showUser, sessions, store } = deps
  const acceptPhone = createAcceptPhone({ ...deps, personalKeys })
  return [
    {
      method: 'post',
      path: '/v1/me/phone',
      summary: 'Takes the code, or the sealed data, of the phone button',
      auth: true,
      body: phoneBody,
      answer: userAnswer,
      errors: [
        'WX_CODE_INVALID',
        'WX_CODE_USED',
        'WX_CODE_IN_FLIGHT',
        'OPEN_DATA_INVALID',
        'SESSION_KEY_STALE',
        'RATE_LIMITED',
        'WX_USER_BLOCKED',
        'WX_QUOTA',
        'WX_UNAVAILABLE',
        'WX_MISCONFIGURED',
      ],
      async handle(req, _res, live) {
        const body = await readJson(req, phoneBody)
        return showUser(await acceptPhone(live, body), req)
      },
    },
    {
      method: 'delete',
      path: '/v1/me/phone',
      summary: 'Takes the phone number back',
      auth: true,
      answer: userAnswer,
      errors: [],
      async handle(req, _res, live) {
        return showUser(await sessions.whileLive(live, store.removePhone(live.session)), req)
      },
    },
  ]
}

function avatarRoutes(deps: ProfileRoutesDeps): Route[] {
  const { showUser, sessions, store } = deps
  const setAvatar = createSetAvatar(deps)
  const withUploadPlace = createUploadPlaces()
  return [
    {
      method: 'post',
      path: '/v1/me/avatar',
      summary: 'Replaces the picture: one file in the field `avatar`',
      auth: true,
      bodyType: 'multipart/form-data',
      answer: userAnswer,
      errors: ['IMAGE_REJECTED', 'OVERLOADED'],
      async handle(req, _res, live) {
        const changed = await withUploadPlace(live.user.id, async () =>
          setAvatar(live, await readPicture(req)),
        )
        return showUser(changed, req)
      },
    },
    {
      method: 'delete',
      path: '/v1/me/avatar',
      summary: 'Takes the picture back',
      auth: true,
      answer: userAnswer,
      errors: [],
      async handle(req, _res, live) {
        return showUser(await sessions.whileLive(live, store.removeAvatar(live.session)), req)
      },
    },
  ]
}

function pictureRoute({ store }: ProfileRoutesDeps): Route {
  return {
    method: 'get',
    path: '/v1/avatars/:name',
    summary: 'A picture under its random public name',
    auth: false,
    answerType: 'image/webp',
    errors: ['NOT_FOUND', 'STORAGE_UNAVAILABLE'],
    async handle(req, res) {
      const name = String(req.params['name'])
      const bytes = AVATAR_NAME.test(name) ? await store.findAvatar(name) : null
      if (bytes === null) throw new ApiError('NOT_FOUND', 'There is no such picture.')
      sendPicture(res, bytes)
      return SENT
    },
  }
}

function accountRoutes(deps: ProfileRoutesDeps): Route[] {
  const { store, sessions, now } = deps
  const exportAccount = createExportAccount(deps)
  return [
    {
      method: 'delete',
      path: '/v1/me',
      summary: 'Deletes the account with everything in it',
      auth: true,
      errors: [],
      async handle(_req, _res, live) {
        const deleted = store.deleteAccount(live.session, now())
        await sessions.whileLive(
          live,
          deleted.then((isDone) => isDone || null),
        )
        return undefined
      },
    },
    {
      method: 'get',
      path: '/v1/me/export',
      summary: 'Everything stored about this user, session keys excepted',
      auth: true,
      answerType: 'application/json',
      errors: [],
      handle: (_req, _res, live) => exportAccount(live),
    },
  ]
}

export function createProfileRoutes(deps: ProfileRoutesDeps): Route[] {
  const personalKeys = createPersonalKeys(deps)
  return [
    ...profileRoutes(deps),
    ...wechatRoutes(deps, personalKeys),
    ...phoneRoutes(deps, personalKeys),
    ...avatarRoutes(deps),
    pictureRoute(deps),
    ...accountRoutes(deps),
  ]
}
