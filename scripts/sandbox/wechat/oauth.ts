/**
 * Web OAuth after the consent page: exchange of the code, refresh, user information, token check.
 * snsapi_base gives the openid only. A snapshot page gives a virtual account.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
import { findApp } from '../world/apps'
import type { Code } from '../world/codes'
import type { Grant } from '../world/grants'
import { avatarUrlOf } from '../world/random'
import type { World } from '../world/world'
import type { Endpoint, WechatJson } from './endpoint'
import { OK, requireAccount, requireApp, requireText } from './endpoint'
import { Refusal } from './refusal'

/** The scopes that give more than the openid. */
const USERINFO_SCOPES: readonly string[] = ['snsapi_userinfo', 'snsapi_login']
/** The name of a virtual account, which is no name that a person can choose. */
const SNAPSHOT_PREFIX = '快照/'
const SNAPSHOT_NICKNAME = '微信用户'
const EXPIRES_IN_SECONDS = 7200

const tokenAnswer = (world: World, grant: Grant): WechatJson => ({
  access_token: grant.accessToken,
  expires_in: EXPIRES_IN_SECONDS,
  refresh_token: grant.refreshToken,
  openid: grant.openid,
  scope: grant.scope,
  ...(USERINFO_SCOPES.includes(grant.scope)
    ? { unionid: requireAccount(world, grant.appid, grant.openid).unionid }
    : {}),
})

const accountOf = (world: World, { appid, user, snapshot }: Code) =>
  world.people.getAccount(appid, snapshot ? `${SNAPSHOT_PREFIX}${user}` : user)

/** GET /sns/oauth2/access_token */
export const exchangeOauthCode: Endpoint = (world, { query }) => {
  const app = requireApp(query.get('appid'), query.get('secret'))
  const code = world.codes.find(requireText(query.get('code'), 41008))
  if (query.get('grant_type') !== 'authorization_code') throw new Refusal(40002)
  if (code?.scope === undefined) throw new Refusal(40029)
  if (code.spent) throw new Refusal(40163)
  code.spent = true
  if (code.appid !== app.appid) throw new Refusal(40029)
  const { openid } = accountOf(world, code)
  return {
    ...tokenAnswer(world, world.grants.issue(app.appid, openid, code.scope)),
    ...(code.snapshot ? { is_snapshotuser: 1 } : {}),
  }
}

/** GET /sns/oauth2/refresh_token */
export const refreshOauthToken: Endpoint = (world, { query }) => {
  const app = findApp(requireText(query.get('appid'), 41002))
  if (app === null) throw new Refusal(40013)
  if (query.get('grant_type') !== 'refresh_token') throw new Refusal(40002)
  const grant = world.grants.findByRefreshToken(requireText(query.get('refresh_token'), 41003))
  if (grant?.appid !== app.appid) throw new Refusal(40030)
  if (!world.grants.isRefreshAlive(grant)) throw new Refusal(42002)
  world.grants.refresh(grant)
  return tokenAnswer(world, grant)
}

function requireGrant(world: World, query: URLSearchParams): Grant {
  const grant = world.grants.findByAccessToken(requireText(query.get('access_token'), 41001))
  if (grant === null) throw new Refusal(40001)
  if (!world.grants.isAccessAlive(grant)) throw new Refusal(42001)
  if (grant.openid !== requireText(query.get('openid'), 41009)) throw new Refusal(40003)
  return grant
}

/** GET /sns/userinfo */
export const fetchUserinfo: Endpoint = (world, { query }) => {
  const grant = requireGrant(world, query)
  if (!USERINFO_SCOPES.includes(grant.scope)) throw new Refusal(48001)
  const account = requireAccount(world, grant.appid, grant.openid)
  return {
    openid: account.openid,
    nickname: account.user.startsWith(SNAPSHOT_PREFIX) ? SNAPSHOT_NICKNAME : account.user,
    sex: 0,
    language: '',
    city: '',
    province: '',
    country: '',
    headimgurl: avatarUrlOf(account.user),
    privilege: [],
    unionid: account.unionid,
  }
}

/** GET /sns/auth */
export const checkOauthToken: Endpoint = (world, { query }) => {
  requireGrant(world, query)
  return OK
}
