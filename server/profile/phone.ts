/**
 * The phone number: from the code of the phone button, or from the sealed form that clients before
 * base library 2.21.2 get. It is stored sealed for this person of this app, and shown masked.
 */
import type { PhoneBody } from '../../typings/api'
import { ApiError } from '../errors'
import { spendCode } from '../spent-codes'
import type { LiveSession, UserRecord } from '../store/store'
import { phoneFields } from '../wechat/phone-number'
import type { PhoneNumber } from '../wechat/phone-number'
import type { WechatApp } from '../wechat/wechat-app'
import type { ProfileContext } from './context'
import { openData } from './open-data'
import { openDataInvalid, openWithKey } from './personal-keys'

const SHOWN_START = 3
const SHOWN_END = 2

/** `156******77`: the first three and the last two digits. */
export function maskPhone(digits: string): string {
  const hidden = digits.length - SHOWN_START - SHOWN_END
  if (hidden < 1) return '*'.repeat(digits.length)
  return digits.slice(0, SHOWN_START) + '*'.repeat(hidden) + digits.slice(-SHOWN_END)
}

/** Only a mini-program has the phone button; a web page has neither a code nor a session_key. */
function getMiniProgram(apps: readonly WechatApp[], { session }: LiveSession): WechatApp {
  const app = apps.find(({ appid }) => appid === session.appid)
  if (app?.type === 'miniprogram') return app
  throw new ApiError(
    'SESSION_KEY_STALE',
    'Phone numbers come from a mini-program: send its code with the token of its session.',
  )
}

async function fromCode(
  { wechat, spentCodes, limitCalls }: ProfileContext,
  { session, user }: LiveSession,
  app: WechatApp,
  code: string,
): Promise<PhoneNumber> {
  return spendCode(spentCodes, 'phone', code, () =>
    limitCalls('phone', user.id, () => wechat.getPhoneNumber(app, code, session.openid)),
  )
}

async function fromSealed(
  context: ProfileContext,
  { session }: LiveSession,
  sealedData: { encryptedData: string; iv: string },
): Promise<PhoneNumber> {
  const opened = await openWithKey(context, session, (key) =>
    openData(sealedData, key, session, context.now()),
  )
  const parsed = phoneFields.safeParse(opened)
  if (!parsed.success) throw openDataInvalid()
  return parsed.data
}

export async function acceptPhone(
  context: ProfileContext,
  live: LiveSession,
  proof: PhoneBody,
): Promise<UserRecord> {
  const { apps, store, sealer, now } = context
  const app = getMiniProgram(apps, live)
  await store.assertWritable()
  const { purePhoneNumber, countryCode } = await ('code' in proof
    ? fromCode(context, live, app, proof.code)
    : fromSealed(context, live, proof))
  const { appid, openid } = live.session
  const text = JSON.stringify({ purePhoneNumber, countryCode })
  const sealed = sealer.seal(text, { purpose: 'phone', appid, openid })
  const phone = { sealed, masked: maskPhone(purePhoneNumber), atMs: now() }
  return store.setPhone(live.session, phone)
}
