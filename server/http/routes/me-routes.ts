/** The person: profile, picture, phone number, everything that is stored, and the end of it. */
import type { UserRecord } from '../../store/store'
import type { Request } from 'express'
import { ApiError } from '../../errors'
import { AVATAR_NAME } from '../../profile/avatar'
import { readJson } from '../read-json'
import { readUpload } from '../read-upload'
import { sendPicture } from '../send'
import { phoneBody, updateMeBody, user, wechatProfileBody } from '../schemas'
import { toWireUser } from '../wire'
import { SENT } from './route'
import type { Route, Services } from './route'

type ShowUser = (record: UserRecord, req: Request) => object

function profileRoutes(services: Services, show: ShowUser): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/me',
      summary: 'The signed-in user',
      auth: true,
      answer: user,
      errors: [],
      handle: (req, _res, live) => Promise.resolve(show(live.user, req)),
    },
    {
      method: 'put',
      path: '/v1/me',
      summary: 'Changes the fields that are given',
      auth: true,
      body: updateMeBody,
      answer: user,
      errors: ['CONTENT_REJECTED', 'WX_QUOTA', 'WX_UNAVAILABLE', 'WX_MISCONFIGURED'],
      async handle(req, _res, live) {
        const { nickname } = await readJson(req, updateMeBody)
        if (nickname === undefined) return show(live.user, req)
        return show(await services.changeNickname(live, nickname), req)
      },
    },
  ]
}

function wechatRoutes(services: Services, show: ShowUser): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/me/wechat-profile',
      summary: 'Takes over what wx.getUserProfile or open-type="getUserInfo" answered',
      auth: true,
      body: wechatProfileBody,
      answer: user,
      errors: ['OPEN_DATA_INVALID', 'SESSION_KEY_STALE'],
      async handle(req, _res, live) {
        const body = await readJson(req, wechatProfileBody)
        return show(await services.acceptProfile(live, body), req)
      },
    },
    {
      method: 'post',
      path: '/v1/me/phone',
      summary: 'Takes the code, or the sealed data, of the phone button',
      auth: true,
      body: phoneBody,
      answer: user,
      errors: [
        'WX_CODE_INVALID',
        'WX_CODE_USED',
        'WX_CODE_IN_FLIGHT',
        'OPEN_DATA_INVALID',
        'SESSION_KEY_STALE',
        'WX_USER_BLOCKED',
        'WX_QUOTA',
        'WX_UNAVAILABLE',
        'WX_MISCONFIGURED',
      ],
      async handle(req, _res, live) {
        const body = await readJson(req, phoneBody)
        return show(await services.acceptPhone(live, body), req)
      },
    },
  ]
}

function avatarRoutes(services: Services, show: ShowUser): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/me/avatar',
      summary: 'Replaces the picture: one file in the field `avatar`',
      auth: true,
      bodyType: 'multipart/form-data',
      answer: user,
      errors: ['IMAGE_REJECTED', 'OVERLOADED'],
      handle: async (req, _res, live) =>
        show(await services.setAvatar(live, await readUpload(req)), req),
    },
    {
      method: 'get',
      path: '/v1/avatars/:name',
      summary: 'A picture under its random public name',
      auth: false,
      answerType: 'image/webp',
      errors: ['NOT_FOUND', 'STORAGE_UNAVAILABLE'],
      async handle(req, res) {
        const name = String(req.params['name'])
        const bytes = AVATAR_NAME.test(name) ? await services.store.findAvatar(name) : null
        if (bytes === null) throw new ApiError('NOT_FOUND', 'There is no such picture.')
        sendPicture(res, bytes)
        return SENT
      },
    },
  ]
}

function accountRoutes(services: Services): Route[] {
  return [
    {
      method: 'delete',
      path: '/v1/me',
      summary: 'Deletes the account with everything in it',
      auth: true,
      errors: [],
      async handle(_req, _res, live) {
        await services.store.deleteAccount(live.session, Date.now())
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
      handle: (_req, _res, live) => services.exportAccount(live),
    },
  ]
}

export function createMeRoutes(services: Services): Route[] {
  const show: ShowUser = (record, req) => toWireUser(record, req, services.view)
  return [
    ...profileRoutes(services, show),
    ...wechatRoutes(services, show),
    ...avatarRoutes(services, show),
    ...accountRoutes(services),
  ]
}
