/**
 * The fake server with the formats of other backends: requests of the library are translated into
 * our format, answers of the server into theirs. So one suite runs on all of them.
 */
import { litemall, nest, ruoyi } from '../../miniprogram/auth/backends'
import { createBffBackend } from '../../miniprogram/auth/backends/bff'
import type { FakeAnswer, FakeDialect, FakeRequest } from './fake-wx-network'

interface OurError {
  code: string
  message: string
}

const isLogin = ({ path }: FakeRequest) => path === '/v1/login'

function findHeader({ header }: FakeRequest, wanted: string): string {
  return Object.entries(header).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
}

const readBearer = (request: FakeRequest) =>
  findHeader(request, 'authorization').replace(/^Bearer /, '')

const readPath = ({ path }: FakeRequest, loginPath: string, logoutPath = '/v1/logout') =>
  ({ [loginPath]: '/v1/login', [logoutPath]: '/v1/logout' })[path] ?? path

function errorOf({ body }: FakeAnswer): OurError | undefined {
  return (body as { error?: OurError } | undefined)?.error
}

/**
 * Answers other than the server's JSON, such as a gateway's page, are the same in every dialect.
 */
const isForeign = ({ body, status, text, chunks }: FakeAnswer) =>
  text !== undefined || chunks !== undefined || (body === undefined && status !== 204)

const ours: FakeDialect = {
  name: 'bff',
  readRequest: (request) => ({ ...request, token: readBearer(request) }),
  writeReply: (reply) => reply,
}

/** 503 stays a status, because it comes from the gateway before RuoYi. */
const ofRuoyi: FakeDialect = {
  name: 'ruoyi',
  backend: ruoyi,
  readRequest: (request) => ({
    ...request,
    path: readPath(request, '/wxLogin', '/logout'),
    token: readBearer(request),
  }),
  writeReply(reply, request) {
    if (isForeign(reply)) return reply
    const { status, body, header = {} } = reply
    const error = errorOf(reply)
    if (error) {
      const code = status === 401 ? 401 : error.code
      return { status: status === 503 ? 503 : 200, header, body: { code, msg: error.message } }
    }
    const answer = { code: 200, msg: '操作成功' }
    if (isLogin(request)) return { status: 200, header, body: { ...answer, ...(body as object) } }
    return { status: 200, header, body: body === undefined ? answer : { ...answer, data: body } }
  },
}

const ofLitemall: FakeDialect = {
  name: 'litemall',
  backend: litemall,
  readRequest: (request) => ({
    ...request,
    path: readPath(request, '/wx/auth/login_by_weixin', '/wx/auth/logout'),
    token: findHeader(request, 'x-litemall-token'),
  }),
  writeReply(reply, request) {
    if (isForeign(reply)) return reply
    const { status, body, header = {} } = reply
    const error = errorOf(reply)
    if (error) {
      const errno = status === 401 ? 501 : error.code
      return { status: status === 503 ? 503 : 200, header, body: { errno, errmsg: error.message } }
    }
    const { user, ...rest } = (body ?? {}) as { user?: object }
    const data = isLogin(request) ? { ...rest, userInfo: user } : body
    return { status: 200, header, body: { errno: 0, errmsg: '成功', data } }
  },
}

const ofNest: FakeDialect = {
  name: 'nest',
  backend: nest,
  readRequest: (request) => ({
    ...request,
    path: readPath(request, '/auth/login'),
    token: readBearer(request),
  }),
  writeReply(reply, request) {
    if (isForeign(reply)) return reply
    const { status, body, header = {} } = reply
    const error = errorOf(reply)
    if (error) {
      const named = status === 401 ? { message: 'Unauthorized' } : error
      return { status, header, body: { statusCode: status, ...named } }
    }
    if (!isLogin(request)) return reply
    const { token, user } = body as { token: string; user: object }
    return { status: 201, header, body: { access_token: token, user } }
  },
}

/** A custom backend: the token is in the query, the end of a session in seconds. */
const bff = createBffBackend('')
const ofQueryToken: FakeDialect = {
  name: 'query token',
  backend: {
    login: (code) => ({ path: '/session', method: 'PUT', data: { code } }),
    readSession: (body) => body as { token: string; expiresAt: number; user: object },
    judge: (reply) => bff.judge(reply),
    authorize: (token) => ({ query: { access_token: token } }),
  },
  readRequest(request) {
    const [path = '', query = ''] = request.path.split('?')
    const login = path === '/session' && { path: '/v1/login', method: 'POST' }
    const token = new URLSearchParams(query).get('access_token') ?? ''
    return { ...request, path, ...login, token }
  },
  writeReply(reply, request) {
    const { expiresAt } = (reply.body ?? {}) as { expiresAt?: string }
    if (!isLogin(request) || expiresAt === undefined) return reply
    const seconds = Math.floor(Date.parse(expiresAt) / 1000)
    // An invalid date stays as it is, because JSON would turn it into null, which means that there
    // is no end.
    if (Number.isNaN(seconds)) return reply
    return { ...reply, body: { ...(reply.body as object), expiresAt: seconds } }
  },
}

export const dialects = { ours, ofRuoyi, ofLitemall, ofNest, ofQueryToken }
