/**
 * The phone number: from the code of the phone button, or from the sealed form that clients before
 * base library 2.21.2 get. Kept sealed for this person of this app, shown masked.
 */
import type { WechatApp } from '../config'
import { ApiError } from '../errors'
import { reserveOnce } from '../spent-codes'
import type { SpentCodes } from '../spent-codes'
import type { Sealer } from '../sealing'
import type { Sessions } from '../sessions/sessions'
import type { LiveSession, Store, UserRecord } from '../store/store'
import { phoneFields } from '../wechat/phone-number'
import type { PhoneNumber, Wechat } from '../wechat/wechat'
import { NotSentError, WechatError } from '../wechat/wechat-error'
import type { LimitCalls } from './call-limit'
import { openData } from './open-data'
import { openDataInvalid } from './personal-keys'
import type { PersonalKeys } from './personal-keys'

const SHOWN_START = 3
const SHOWN_END = 2

export type PhoneProof = { code: string } | { encryptedData: string; iv: string }

/** `156******77`: the first three and the last two digits. */
export function maskPhone(digits: string): string {
  const hidden = digits.length - SHOWN_START - SHOWN_END
  if (hidden < 1) return '*'.repeat(digits.length)
  return digits.slice(0, SHOWN_START) + '*'.repeat(hidden) + digits.slice(-SHOWN_END)
}

interface PhoneDeps {
  apps: readonly WechatApp[]
  store: Store
  sessions: Pick<Sessions, 'whileLive'>
  sealer: Sealer
  wechat: Wechat
  personalKeys: PersonalKeys
  spentCodes: SpentCodes
  limitCalls: LimitCalls
  now: () => number
}

/** Only a mini-program has the phone button; a web page has neither a code nor a session_key. */
function assertMiniProgram(apps: readonly WechatApp[], { session }: LiveSession): void {
  const app = apps.find(({ appid }) => appid === session.appid)
  if (app === undefined || app.type === 'miniprogram') return
  throw new ApiError(
    'SESSION_KEY_STALE',
    'Phone numbers come from a mini-program: send its code with the token of its session.',
  )
}

/** @returns a function that rejects with ApiError OPEN_DATA_INVALID, SESSION_KEY_STALE or WechatError. */
export function createAcceptPhone(deps: PhoneDeps) {
  const { apps, store, sessions, sealer, wechat, personalKeys, spentCodes, limitCalls, now } = deps

  async function fromCode(live: LiveSession, code: string): Promise<PhoneNumber> {
    const { appid, openid } = live.session
    const app = apps.find((candidate) => candidate.appid === appid)
    if (app === undefined) throw new ApiError('SESSION_REVOKED', 'This app is no longer served.')
    await reserveOnce(spentCodes, 'phone', code)
    let wasSent = true
    try {
      return await limitCalls('phone', live.user.id, () => wechat.getPhoneNumber(app, code, openid))
    } catch (error) {
      wasSent = error instanceof WechatError && !(error instanceof NotSentError)
      throw error
    } finally {
      await (wasSent ? spentCodes.markSpent('phone', code) : spentCodes.release('phone', code))
    }
  }

  async function fromSealed(
    live: LiveSession,
    box: { encryptedData: string; iv: string },
  ): Promise<PhoneNumber> {
    const opened = await personalKeys.openWith(live.session, (key) =>
      openData(box, key, live.session, now()),
    )
    const parsed = phoneFields.safeParse(opened)
    if (!parsed.success) throw openDataInvalid()
    return parsed.data
  }

  return async function acceptPhone(live: LiveSession, proof: PhoneProof): Promise<UserRecord> {
    assertMiniProgram(apps, live)
    await store.assertWritable()
    const phone = await ('code' in proof ? fromCode(live, proof.code) : fromSealed(live, proof))
    const { appid, openid } = live.session
    const { purePhoneNumber, countryCode } = phone
    const sealed = sealer.seal(JSON.stringify({ purePhoneNumber, countryCode }), {
      purpose: 'phone',
      appid,
      openid,
    })
    const masked = maskPhone(purePhoneNumber)
    return sessions.whileLive(live, store.setPhone(live.session, { sealed, masked, atMs: now() }))
  }
}
