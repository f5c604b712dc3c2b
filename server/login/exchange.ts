/**
 * Exchanges a code with WeChat. The order matters: we check first that the login can be stored,
 * because a code can't be used again, and never send a code twice.
 */
import { sendOnce } from '../spent-codes'
import type { IdentityWrite } from '../store/store'
import { newDeadline } from '../wechat/endpoint'
import { pickApp } from '../wechat/wechat-app'
import type { LoginContext } from './context'

export interface CodeRequest {
  code: string
  /** Optional when one mini-program is configured. */
  appid?: string | undefined
  /** The client's address, by which failed codes are counted: see http/client-address.ts. */
  addressBlock: string
}

/** @returns the identity to store, with the session_key sealed. */
export async function exchangeCode(
  { apps, store, wechat, sealer, spentCodes, failedCodes, now }: LoginContext,
  { code, appid: wantedAppid, addressBlock }: CodeRequest,
): Promise<IdentityWrite> {
  const app = pickApp(apps, 'miniprogram', wantedAppid)
  const { appid } = app
  // The wait for a turn is part of it.
  const deadlineMs = newDeadline()
  const person = await failedCodes.run(addressBlock, async () => {
    await store.assertWritable()
    return sendOnce(spentCodes, 'login', code, () => wechat.exchangeCode(app, code, deadlineMs))
  })
  const { openid, unionid, sessionKey, sentAtMs } = person
  return {
    appid,
    openid,
    unionid,
    sessionKeySealed: sealer.seal(sessionKey, { purpose: 'session_key', appid, openid }),
    sessionKeyAtMs: sentAtMs,
    session: { createdAtMs: now() },
  }
}
