/** The phone number: by the code of the phone button, or encrypted as on old clients. */
import * as z from 'zod'
import type { PhoneBody } from '../../../typings/api'
import type { Wechat } from '../wechat/wechat'
import { askWechat } from './ask-wechat'
import { createSendOnce } from './codes'
import { createLimit } from './limit'
import { openData, openDataInvalid, openDataText } from './open-data'
import { code, readJson } from './read-json'
import type { Route } from './route'
import type { Live, Sessions } from './sessions'
import type { Store } from './store'
import { showUser } from './user-view'

const CALLS_A_MINUTE = 30

const phoneBody = z.union([
  z.strictObject({ code }),
  z.strictObject({ encryptedData: openDataText, iv: openDataText }),
]) satisfies z.ZodType<PhoneBody>

const phoneFields = z.looseObject({
  purePhoneNumber: z.string().regex(/^\d{4,20}$/),
  countryCode: z.string().regex(/^\d{1,4}$/),
})

interface PhoneDeps {
  store: Store
  sessions: Sessions
  wechat: Wechat
  now: () => number
}

function createPhoneReader({ store, wechat, now }: PhoneDeps) {
  const sendOnce = createSendOnce(store, now)
  const asked = createLimit(CALLS_A_MINUTE, now)

  async function read({ user }: Live, body: PhoneBody): Promise<unknown> {
    if (!('code' in body)) return openData(body, user, wechat, now())
    asked.assertBelowLimit(user.id)
    return sendOnce(body.code, () => {
      asked.add(user.id)
      return askWechat(wechat.getPhoneNumber(body.code, user.openid))
    })
  }

  return async (live: Live, body: PhoneBody) => {
    const parsed = phoneFields.safeParse(await read(live, body))
    if (!parsed.success) throw openDataInvalid()
    const { purePhoneNumber, countryCode } = parsed.data
    return { purePhoneNumber, countryCode }
  }
}

export function createPhoneRoutes(deps: PhoneDeps): Route[] {
  const { sessions } = deps
  const readPhone = createPhoneReader(deps)
  return [
    {
      method: 'POST',
      path: '/v1/me/phone',
      auth: true,
      async handle(call, live) {
        const phone = await readPhone(live, await readJson(call, phoneBody))
        return sessions.change(live, (_state, user) => {
          user.phone = phone
          return showUser(user, call.origin)
        })
      },
    },
    {
      method: 'DELETE',
      path: '/v1/me/phone',
      auth: true,
      handle: ({ origin }, live) =>
        Promise.resolve(
          sessions.change(live, (_state, user) => {
            user.phone = null
            return showUser(user, origin)
          }),
        ),
    },
  ]
}
