/** The routes of a person: profile, picture, phone number, export and deletion of the account. */
import { randomBytes } from 'node:crypto'
import type { Request } from 'express'
import { ApiError } from '../errors'
import { readJson } from '../http/read-json'
import type { Route } from '../http/route'
import { sendPicture } from '../http/send'
import { userAnswer } from '../http/user-view'
import type { LiveSession, UserRecord } from '../store/store'
import { CODE_ERRORS, WECHAT_CALL_ERRORS } from '../wechat/errcodes'
import { changeProfile } from './change-profile'
import type { ProfileContext } from './context'
import { exportAccount } from './export-account'
import { drawAvatar } from './image'
import { isKeyValid } from './personal-keys'
import { acceptPhone } from './phone'
import { AVATAR_FIELD, readPicture } from './read-picture'
import { phoneBody, sessionCheckAnswer, updateMeBody, wechatProfileBody } from './schemas'
import { createUploadSlots } from './upload-slots'
import { acceptProfile } from './wechat-profile'

/** A route that answers with the user after the change. */
function userRoute(
  { showUser }: ProfileContext,
  description: Pick<Route, 'method' | 'path' | 'summary' | 'body' | 'upload' | 'errors'>,
  change: (req: Request, live: LiveSession) => Promise<UserRecord> | UserRecord,
): Route {
  return {
    ...description,
    auth: true,
    answer: userAnswer,
    handle: async (req, _res, live) => showUser(await change(req, live), req),
  }
}

function profileRoutes(context: ProfileContext): Route[] {
  return [
    userRoute(
      context,
      { method: 'get', path: '/v1/me', summary: 'The signed-in user', errors: [] },
      (_req, { user }) => user,
    ),
    userRoute(
      context,
      {
        method: 'put',
        path: '/v1/me',
        summary: 'Changes the fields that are given',
        body: updateMeBody,
        errors: ['CONTENT_REJECTED', ...WECHAT_CALL_ERRORS],
      },
      async (req, live) => changeProfile(context, live, await readJson(req, updateMeBody)),
    ),
    userRoute(
      context,
      {
        method: 'post',
        path: '/v1/me/wechat-profile',
        summary: 'Stores the profile that wx.getUserProfile or open-type="getUserInfo" returned',
        body: wechatProfileBody,
        errors: ['OPEN_DATA_INVALID', 'SESSION_KEY_STALE', 'RATE_LIMITED'],
      },
      async (req, live) => acceptProfile(context, live, await readJson(req, wechatProfileBody)),
    ),
  ]
}

function sessionCheckRoute(context: ProfileContext): Route {
  return {
    method: 'get',
    path: '/v1/session/check',
    summary: "Asks WeChat whether this person's session_key is still valid",
    auth: true,
    answer: sessionCheckAnswer,
    errors: ['SESSION_KEY_STALE', 'WX_USER_BLOCKED', ...WECHAT_CALL_ERRORS],
    handle: async (_req, _res, { session }) => ({
      sessionKeyValid: await isKeyValid(context, session),
    }),
  }
}

function phoneRoutes(context: ProfileContext): Route[] {
  const { store } = context
  return [
    userRoute(
      context,
      {
        method: 'post',
        path: '/v1/me/phone',
        summary: 'Stores the phone number of the phone button, from its code or sealed data',
        body: phoneBody,
        errors: [
          ...CODE_ERRORS,
          'OPEN_DATA_INVALID',
          'SESSION_KEY_STALE',
          'WX_USER_BLOCKED',
          ...WECHAT_CALL_ERRORS,
        ],
      },
      async (req, live) => acceptPhone(context, live, await readJson(req, phoneBody)),
    ),
    userRoute(
      context,
      {
        method: 'delete',
        path: '/v1/me/phone',
        summary: 'Removes the phone number',
        errors: [],
      },
      (_req, live) => store.removePhone(live.session),
    ),
  ]
}

/** The format of a picture's public name; we look up nothing else. */
const AVATAR_NAME = /^[0-9a-f]{32}\.webp$/

async function setAvatar(
  { store, now }: ProfileContext,
  live: LiveSession,
  bytes: Buffer,
): Promise<UserRecord> {
  const name = `${randomBytes(16).toString('hex')}.webp`
  const avatar = { name, bytes, createdAtMs: now() }
  return store.setAvatar(live.session, avatar)
}

function avatarRoutes(context: ProfileContext): Route[] {
  const { store } = context
  const withUploadSlot = createUploadSlots()
  return [
    userRoute(
      context,
      {
        method: 'post',
        path: '/v1/me/avatar',
        summary: 'Replaces the picture: one file in the field `avatar`',
        upload: AVATAR_FIELD,
        errors: ['IMAGE_REJECTED', 'OVERLOADED'],
      },
      (req, live) =>
        withUploadSlot(live.user.id, async () =>
          setAvatar(context, live, await drawAvatar(await readPicture(req))),
        ),
    ),
    userRoute(
      context,
      { method: 'delete', path: '/v1/me/avatar', summary: 'Removes the picture', errors: [] },
      (_req, live) => store.removeAvatar(live.session),
    ),
  ]
}

function pictureRoute({ store }: ProfileContext): Route {
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
      return sendPicture(res, bytes)
    },
  }
}

function accountRoutes(context: ProfileContext): Route[] {
  const { store, now } = context
  return [
    {
      method: 'delete',
      path: '/v1/me',
      summary: 'Deletes the account with everything in it',
      auth: true,
      errors: [],
      async handle(_req, _res, live) {
        await store.deleteAccount(live.session, now())
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
      handle: (_req, _res, live) => exportAccount(context, live),
    },
  ]
}

export function createProfileRoutes(context: ProfileContext): Route[] {
  return [
    ...profileRoutes(context),
    sessionCheckRoute(context),
    ...phoneRoutes(context),
    ...avatarRoutes(context),
    pictureRoute(context),
    ...accountRoutes(context),
  ]
}
