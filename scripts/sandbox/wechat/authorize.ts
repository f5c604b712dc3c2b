/**
 * GET /connect/oauth2/authorize and /connect/qrconnect of open.weixin.qq.com: a page where a person
 * agrees or refuses. With snsapi_base there is no page once this browser knows its person. Errors are
 * pages, too.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
import { fillTemplate } from '../pages/template'
import { findApp } from '../world/apps'
import type { App, AppType } from '../world/apps'
import type { World } from '../world/world'
import type { WechatAnswer, WechatRequest } from './endpoint'

/** The order that WeChat documents. Most WeChat clients accept others, so the page only warns. */
const PARAMETER_ORDER = ['appid', 'redirect_uri', 'response_type', 'scope', 'state']
const MAX_STATE_BYTES = 128
const USER_NAME = /^[^\p{Cc}\p{Cs}/]{1,64}$/u
const COOKIE = 'sandbox_person'
const DEFAULT_USER = 'demo'
const ASKS: Readonly<Record<string, string>> = {
  snsapi_base: '确认你的身份（openid）',
  snsapi_userinfo: '获得你的昵称、头像',
  snsapi_login: '获得你的昵称、头像',
}

/** What differs between the two entrances. */
interface Entrance {
  readonly appType: AppType
  readonly scopes: readonly string[]
  readonly codeTtlSeconds: number
}

const AUTHORIZE: Entrance = {
  appType: 'official',
  scopes: ['snsapi_base', 'snsapi_userinfo'],
  codeTtlSeconds: 300,
}
const QR_CONNECT: Entrance = {
  appType: 'website',
  scopes: ['snsapi_login'],
  codeTtlSeconds: 600,
}

interface Wish {
  readonly app: App
  readonly entrance: Entrance
  readonly redirectUri: URL
  readonly scope: string
  readonly state: string | null
  readonly remark: string
}

/** A mistake in the link, with WeChat's number where there is one. */
class BadLink extends Error {}

function parseRedirectUri(text: string): URL {
  if (text === '') throw new BadLink('10011 redirect_uri 不能为空')
  const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  if (!isWeb) throw new BadLink('10003 redirect_uri 参数错误：须为完整的 http(s) 地址')
  return new URL(text)
}

/** A warning about a link that works here, but not in every WeChat client. */
function remarkOn(query: URLSearchParams): string {
  const given = [...query.keys()].filter((name) => PARAMETER_ORDER.includes(name))
  const expected = PARAMETER_ORDER.filter((name) => given.includes(name))
  return given.join() === expected.join()
    ? ''
    : `注意：微信要求链接参数依次为 ${PARAMETER_ORDER.join(', ')}，部分客户端会拒绝此链接`
}

function parseWish(world: World, entrance: Entrance, query: URLSearchParams): Wish {
  const appid = query.get('appid') ?? ''
  if (appid === '') throw new BadLink('10012 appid 不能为空')
  const app = findApp(appid)
  if (app === null) throw new BadLink('40013 appid 参数错误')
  const redirectUri = parseRedirectUri(query.get('redirect_uri') ?? '')
  if (!world.appSettings.allowsRedirect(appid, redirectUri)) {
    throw new BadLink('10003 redirect_uri 域名与后台配置不一致')
  }
  if (query.get('response_type') !== 'code') throw new BadLink('response_type 须为 code')
  const scope = query.get('scope') ?? ''
  if (scope === '') throw new BadLink('10010 scope 不能为空')
  if (!entrance.scopes.includes(scope) || app.type !== entrance.appType) {
    throw new BadLink('10005 scope 参数错误或没有 scope 权限')
  }
  const state = query.get('state')
  if (Buffer.byteLength(state ?? '') > MAX_STATE_BYTES) throw new BadLink('state 最多 128 字节')
  return { app, entrance, redirectUri, scope, state, remark: remarkOn(query) }
}

const page = (body: string, outcome: string): WechatAnswer => ({
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body,
  headers: { 'Cache-Control': 'no-store' },
  outcome,
})

function redirect(wish: Wish, outcome: string, added: Record<string, string>, cookie = '') {
  const target = new URL(wish.redirectUri)
  for (const [name, value] of Object.entries(added)) target.searchParams.set(name, value)
  if (wish.state !== null) target.searchParams.set('state', wish.state)
  return {
    status: 302,
    contentType: 'text/html; charset=utf-8',
    body: '',
    headers: { Location: target.href, ...(cookie === '' ? {} : { 'Set-Cookie': cookie }) },
    outcome,
  }
}

function agree(world: World, wish: Wish, user: string, isSnapshot = false): WechatAnswer {
  const { app, scope, entrance } = wish
  const snapshot = isSnapshot && scope === 'snsapi_userinfo' ? { snapshot: true as const } : {}
  const { code } = world.codes.issue(
    { kind: 'oauth', appid: app.appid, user, scope, ...snapshot },
    entrance.codeTtlSeconds,
  )
  const cookie = `${COOKIE}=${encodeURIComponent(user)}; Path=/connect; HttpOnly; SameSite=Lax`
  return redirect(wish, 'ok', { code }, cookie)
}

const showConsent = (world: World, wish: Wish, user: string, mistake = wish.remark): WechatAnswer =>
  page(
    fillTemplate(
      'consent.html',
      { app: wish.app.name, ask: ASKS[wish.scope] ?? '', user, mistake },
      {
        people: world.people.all().map((person) => person.user),
        snapshot: wish.scope === 'snsapi_userinfo' ? ['以快照页访问'] : [],
      },
    ),
    'page',
  )

function readPerson(cookies: string): string | null {
  const value = new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(cookies)?.[1]
  try {
    const user = decodeURIComponent(value ?? '')
    return USER_NAME.test(user) ? user : null
  } catch {
    return null
  }
}

function answerForm(world: World, wish: Wish, form: URLSearchParams): WechatAnswer {
  const decision = form.get('decision')
  if (decision !== 'allow' && decision !== 'snapshot') return redirect(wish, 'refused', {})
  const user = form.get('user') ?? ''
  if (!USER_NAME.test(user)) return showConsent(world, wish, user, '请填写 1–64 个字符的用户名')
  return agree(world, wish, user, decision === 'snapshot')
}

/** Answers the consent page, a press of one of its buttons, or a page about a mistake in the link. */
function answerConsent(entrance: Entrance, world: World, request: WechatRequest): WechatAnswer {
  try {
    const wish = parseWish(world, entrance, request.query)
    if (request.method === 'POST') {
      return answerForm(world, wish, new URLSearchParams(request.body))
    }
    const person = readPerson(request.headers.cookie ?? '')
    const isSilent = wish.scope === 'snsapi_base' && person !== null
    return isSilent ? agree(world, wish, person) : showConsent(world, wish, person ?? DEFAULT_USER)
  } catch (error) {
    if (!(error instanceof BadLink)) throw error
    return page(fillTemplate('oops.html', { message: error.message }), 'error page')
  }
}

/** For a web page inside WeChat. */
export const answerAuthorize = (world: World, request: WechatRequest): WechatAnswer =>
  answerConsent(AUTHORIZE, world, request)

/** For a website on a computer. WeChat shows a QR code first; the sandbox asks at once. */
export const answerQrConnect = (world: World, request: WechatRequest): WechatAnswer =>
  answerConsent(QR_CONNECT, world, request)
