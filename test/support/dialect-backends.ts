/**
 * Backends that speak as RuoYi-Vue, litemall's wx-api and a NestJS controller do, written from their published
 * sources and documentation. Their WeChat is the sandbox.
 * @see https://github.com/yangzongzhuan/RuoYi-Vue (AjaxResult, AuthenticationEntryPointImpl)
 * @see https://github.com/linlinjava/litemall (WxAuthController, ResponseUtil)
 * @see https://docs.nestjs.com/security/authentication
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Request, Response } from 'express'

export type DialectName = 'ruoyi' | 'litemall' | 'nest'

/** The answers and routes of one kind of backend. */
interface Speech {
  loginPath: string
  /** A route that requires a token. */
  protectedPath: string
  readToken(request: Request): string
  loggedIn(token: string): object
  /** The answer to a code that WeChat refuses, or to an invalid body. */
  loginFailed(response: Response): void
  refuse(request: Request, response: Response): void
  answer(userName: string): object
}

const readBearer = (request: Request): string =>
  request.get('authorization')?.replace('Bearer ', '') ?? ''

const speeches: Record<DialectName, Speech> = {
  ruoyi: {
    loginPath: '/wxLogin',
    protectedPath: '/getInfo',
    readToken: readBearer,
    loggedIn: (token) => ({ msg: '操作成功', code: 200, token }),
    loginFailed: (response) => void response.json({ msg: '登录失败', code: 500 }),
    refuse: ({ path }, response) =>
      void response.json({ msg: `请求访问：${path}，认证失败，无法访问系统资源`, code: 401 }),
    answer: (userName) => ({
      msg: '操作成功',
      code: 200,
      user: { userName },
      roles: ['common'],
      permissions: [],
    }),
  },
  litemall: {
    loginPath: '/wx/auth/login_by_weixin',
    protectedPath: '/wx/user/index',
    readToken: (request) => request.get('x-litemall-token') ?? '',
    loggedIn: (token) => ({
      errno: 0,
      data: { userInfo: { nickName: '微信用户', avatarUrl: '', gender: 0 }, token },
      errmsg: '成功',
    }),
    loginFailed: (response) => void response.json({ errno: -1, errmsg: '错误' }),
    refuse: (_request, response) => void response.json({ errno: 501, errmsg: '请登录' }),
    answer: (userName) => ({ errno: 0, data: { user: { userName } }, errmsg: '成功' }),
  },
  nest: {
    loginPath: '/auth/login',
    protectedPath: '/auth/profile',
    readToken: readBearer,
    loggedIn: (token) => ({ access_token: token }),
    loginFailed: (response) =>
      void response
        .status(400)
        .json({ message: ['bad code'], error: 'Bad Request', statusCode: 400 }),
    refuse: (_request, response) =>
      void response.status(401).json({ message: 'Unauthorized', statusCode: 401 }),
    answer: (userName) => ({ user: { userName } }),
  },
}

export interface DialectBackend {
  url: string
  protectedPath: string
  /** The number of logins that returned a token. */
  countLogins(): number
  /** Forgets every token. */
  revokeAll(): void
  close(): void
}

async function findOpenid(sandboxUrl: string, appid: string, code: string): Promise<string> {
  const query = { appid, secret: `sandbox-secret-${appid}`, js_code: code }
  const search = new URLSearchParams({ ...query, grant_type: 'authorization_code' })
  const reply = await fetch(`${sandboxUrl}/sns/jscode2session?${search.toString()}`)
  return ((await reply.json()) as { openid?: string }).openid ?? ''
}

export async function startDialectBackend(
  name: DialectName,
  sandboxUrl: string,
  appid: string,
): Promise<DialectBackend> {
  const speech = speeches[name]
  const tokens = new Map<string, string>()
  let logins = 0
  const app = express()
  app.use(express.json())
  app.post(speech.loginPath, async (request, response) => {
    const { code, userInfo } = request.body as { code?: string; userInfo?: object }
    const isComplete = code !== undefined && (name !== 'litemall' || userInfo !== undefined)
    const openid = isComplete ? await findOpenid(sandboxUrl, appid, code) : ''
    if (openid === '') {
      speech.loginFailed(response)
      return
    }
    logins += 1
    tokens.set(`token-${logins}`, openid)
    response.json(speech.loggedIn(`token-${logins}`))
  })
  app.get(speech.protectedPath, (request, response) => {
    const openid = tokens.get(speech.readToken(request))
    if (openid === undefined) speech.refuse(request, response)
    else response.json(speech.answer(openid))
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    protectedPath: speech.protectedPath,
    countLogins: () => logins,
    revokeAll: () => tokens.clear(),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
