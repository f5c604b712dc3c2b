/**
 * GET /sns/jscode2session: exchanges a login code for openid and session_key, once. A success has no
 * errcode and no errmsg. A code that is sent by another app is spent, too.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 */
import type { CodeKind } from '../world/codes'
import type { Account } from '../world/people'
import type { World } from '../world/world'
import type { Endpoint } from './endpoint'
import { requireApp, requireText } from './endpoint'
import { Refusal } from './refusal'

const EXCHANGES_PER_MINUTE = 100
const MINUTE_MS = 60_000
/** The code of DevTools without an AppID. It always means the same person and works repeatedly. */
const MOCK_CODE = 'the code is a mock one'
const MOCK_USER = 'demo'
const LOGIN_KINDS: readonly CodeKind[] = ['login', 'any']

/** The account of a code that `appid` sends. @throws Refusal 40029, 40163, 45011 */
export function spendLoginCode(
  world: Pick<World, 'codes' | 'people' | 'quotas'>,
  appid: string,
  text: string,
): Account {
  if (text === MOCK_CODE) return world.people.getAccount(appid, MOCK_USER)
  const code = world.codes.find(text)
  if (code === null || !LOGIN_KINDS.includes(code.kind)) throw new Refusal(40029)
  if (code.spent) throw new Refusal(40163)
  const account = world.people.getAccount(code.appid, code.user)
  const isWithinQuota = world.quotas.take(
    `jscode2session ${account.openid}`,
    EXCHANGES_PER_MINUTE,
    MINUTE_MS,
  )
  if (!isWithinQuota) throw new Refusal(45011)
  code.spent = true
  if (code.appid !== appid) throw new Refusal(40029)
  return account
}

export const exchangeLoginCode: Endpoint = (world, { query }) => {
  const app = requireApp(query.get('appid'), query.get('secret'))
  const code = requireText(query.get('js_code'), 41008)
  if (query.get('grant_type') !== 'authorization_code') throw new Refusal(40002)
  const account = spendLoginCode(world, app.appid, code)
  account.lastActiveAtMs = world.clock.nowMs()
  return {
    session_key: world.keys.getLiving(account).text,
    openid: account.openid,
    unionid: account.unionid,
  }
}
