/** /cgi-bin/token and /cgi-bin/stable_token, with their limits. */
import type { AccessToken } from '../world/access-tokens'
import type { World } from '../world/world'
import type { Endpoint, WechatJson } from './endpoint'
import { parseJsonObject, readParameters, requireApp } from './endpoint'
import { Refusal } from './refusal'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3600 * 1000
const CLASSIC_PER_DAY = 2000
const STABLE_PER_MINUTE = 10_000
const STABLE_PER_DAY = 500_000
const FORCED_PER_DAY = 20
const FORCED_APART_MS = 30_000

const answer = (world: World, token: AccessToken): WechatJson => ({
  access_token: token.token,
  expires_in: world.accessTokens.secondsLeft(token),
})

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getAccessToken.html */
export const fetchToken: Endpoint = (world, request) => {
  const parameter = readParameters(request)
  const app = requireApp(parameter('appid'), parameter('secret'))
  if (parameter('grant_type') !== 'client_credential') throw new Refusal(40002)
  if (!world.quotas.take(`token ${app.appid}`, CLASSIC_PER_DAY, DAY_MS)) throw new Refusal(45009)
  return answer(world, world.accessTokens.issueClassic(app.appid))
}

function takeForcedQuota(world: World, appid: string): void {
  const isApart = world.quotas.take(`forced apart ${appid}`, 1, FORCED_APART_MS)
  if (!isApart) throw new Refusal(45011)
  if (!world.quotas.take(`forced ${appid}`, FORCED_PER_DAY, DAY_MS)) throw new Refusal(45009)
}

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html */
export const fetchStableToken: Endpoint = (world, { body }) => {
  const fields = body === '' ? {} : parseJsonObject(body)
  if (fields === null) throw new Refusal(47001)
  const app = requireApp(fields['appid'], fields['secret'])
  if (fields['grant_type'] !== 'client_credential') throw new Refusal(40002)
  const force = fields['force_refresh'] ?? false
  if (typeof force !== 'boolean') throw new Refusal(47001)
  const { quotas, accessTokens } = world
  if (!quotas.take(`stable minute ${app.appid}`, STABLE_PER_MINUTE, MINUTE_MS)) {
    throw new Refusal(45011)
  }
  if (!quotas.take(`stable day ${app.appid}`, STABLE_PER_DAY, DAY_MS)) throw new Refusal(45009)
  if (!force) return answer(world, accessTokens.getStable(app.appid))
  takeForcedQuota(world, app.appid)
  return answer(world, accessTokens.forceStable(app.appid))
}
