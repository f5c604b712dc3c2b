/** /wxa/checksession and /wxa/resetusersessionkey: the caller proves its key by a signature. */
import { isSignatureOf } from '../sealing'
import type { Account } from '../world/people'
import type { World } from '../world/world'
import type { Endpoint, WechatRequest } from './endpoint'
import { OK, requireAccount, requireText, requireTokenAppid } from './endpoint'
import { Refusal } from './refusal'

/** The account of a correctly signed request. Without a valid key it is `deadErrcode`. */
function requireSigned(world: World, request: WechatRequest, deadErrcode: number): Account {
  const appid = requireTokenAppid(world, request)
  const account = requireAccount(world, appid, request.query.get('openid'))
  const signature = requireText(request.query.get('signature'), 87009)
  if (request.query.get('sig_method') !== 'hmac_sha256') throw new Refusal(87008)
  const key = world.keys.findLiving(account)
  if (key === null) throw new Refusal(deadErrcode)
  if (!isSignatureOf(signature, '', key.text)) throw new Refusal(87009)
  return account
}

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html */
export const checkSession: Endpoint = (world, request) => {
  requireSigned(world, request, 87009)
  return OK
}

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/ResetUserSessionKey.html */
export const resetSessionKey: Endpoint = (world, request) => {
  const account = requireSigned(world, request, 87007)
  const key = world.keys.replace(account)
  if (key === null) throw new Refusal(87007)
  return { ...OK, openid: account.openid, session_key: key.text }
}
