/**
 * GET /sns/jscode2session: a login code against openid and session_key, once. Success carries neither
 * errcode nor errmsg. A code sent by the wrong app is spent as well.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 */
import type { App } from '../world/apps'
import type { CodeKind } from '../world/codes'
import type { Account } from '../world/people'
import type { World } from '../world/world'
import type { Endpoint } from './endpoint'
import { requireApp, requireText } from './endpoint'
import { Refusal } from './refusal'

const EXCHANGES_PER_MINUTE = 100
const MINUTE_MS = 60_000
/** What DevTools gives without an AppID. It always means the same person and can be sent again. */
const MOCK_CODE = 'the code is a mock one'
const MOCK_USER = 'demo'
const LOGIN_KINDS: readonly CodeKind[] = ['login', 'any']

function spendLoginCode(world: World, app: App, text: string): Account {
  if (text === MOCK_CODE) return world.people.getAccount(app.appid, MOCK_USER)
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
  if (code.appid !== app.appid) throw new Refusal(40029)
  return account
}

export const exchangeLoginCode: Endpoint = (world, { query }) => {
  const app = requireApp(query.get('appid'), query.get('secret'))
  const code = requireText(query.get('js_code'), 41008)
  if (query.get('grant_type') !== 'authorization_code') throw new Refusal(40002)
  const account = spendLoginCode(world, app, code)
  account.lastActiveAtMs = world.clock.nowMs()
  return {
    session_key: world.keys.getLiving(account).text,
    openid: account.openid,
    unionid: account.unionid,
  }
}
