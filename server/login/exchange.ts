/** Exchanges the code of a mini-program with WeChat. */
import { exchangeWithLimits } from '../sessions/sign-in'
import type { CodeOfAddress } from '../sessions/sign-in'
import type { IdentityWrite } from '../store/store'
import { pickApp } from '../wechat/wechat-app'
import type { LoginContext } from './context'

export interface CodeRequest extends CodeOfAddress {
  /** Optional when one mini-program is configured. */
  appid?: string | undefined
}

/** @returns the identity to store, with the session_key sealed. */
export async function exchangeCode(
  context: LoginContext,
  request: CodeRequest,
): Promise<IdentityWrite> {
  const { apps, wechat, sealer, now } = context
  const app = pickApp(apps, 'miniprogram', request.appid)
  const { appid } = app
  const person = await exchangeWithLimits(context, 'login', request, (deadlineMs) =>
    wechat.exchangeCode(app, request.code, deadlineMs),
  )
  const { openid, unionid, sessionKey, sentAtMs } = person
  return {
    appid,
    openid,
    unionid,
    sessionKeySealed: sealer.seal(sessionKey, { purpose: 'session_key', appid, openid }),
    sessionKeyAtMs: sentAtMs,
    nowMs: now(),
  }
}
