/**
 * The BFF as the login library sees it: codes work once, tokens are valid until revoked, and
 * encrypted data opens only with the session_key of the last exchange. Scripted answers come first,
 * in order.
 */
import type { ErrorCode, User } from '../../typings/api'
import type { FakeReply, FakeRequest } from './fake-wx'
import { readKeyVersion } from './fake-wx'

export interface FakeServer {
  serve(request: FakeRequest): FakeReply
  /** Valid tokens, each with the generation of its account. */
  tokens: Set<string>
  /** Received codes, in order; the contract allows each once. */
  codes: string[]
  /** The version of the session_key that the server has. */
  keyVersion: number
  user: User
  /** Token lifetime from the login on, in milliseconds. */
  lifetimeMs: number
  /** Scripted answers for a path (`POST /v1/login`), used one by one before the server's own. */
  faults: Map<string, (FakeReply | 'serve')[]>
}

export function createUser(change: Partial<User> = {}): User {
  return {
    id: 'user-1',
    openid: 'oSandbox0000000000000000user1',
    unionid: null,
    nickname: null,
    avatarUrl: null,
    gender: 0,
    phone: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    lastLoginAt: '2026-01-01T00:00:00.000Z',
    ...change,
  }
}

/** An error body of the contract. */
export function refuse(status: number, code: ErrorCode, header: Record<string, string> = {}) {
  const error = { code, message: 'said the server', requestId: 'request-1' }
  return { status, body: { error }, header }
}

export function createFakeServer(): FakeServer {
  const server: FakeServer = {
    tokens: new Set(),
    codes: [],
    keyVersion: 0,
    user: createUser(),
    lifetimeMs: 30 * 86_400_000,
    faults: new Map(),
    serve(request) {
      const fault = server.faults.get(`${request.method} ${request.path}`)?.shift() ?? 'serve'
      if (fault !== 'serve') {
        if (request.path === '/v1/login') server.codes.push(String(request.body['code']))
        return fault
      }
      if (request.path === '/v1/login') return login(server, request)
      if (request.path === '/v1/public') return { status: 200, body: { open: true } }
      if (request.token === '') return refuse(401, 'TOKEN_MISSING')
      if (!server.tokens.has(request.token)) return refuse(401, 'TOKEN_INVALID')
      return answer(server, request)
    },
  }
  return server
}

function login(server: FakeServer, { body }: FakeRequest): FakeReply {
  const code = String(body['code'])
  const used = server.codes.includes(code)
  server.codes.push(code)
  if (used) return refuse(400, 'WX_CODE_USED')
  const token = `token-${server.codes.length}`
  server.tokens.add(token)
  server.keyVersion = Number(code.split('-')[2])
  const expiresAt = new Date(Date.now() + server.lifetimeMs).toISOString()
  return { status: 200, body: { token, expiresAt, user: server.user, isNew: false } }
}

function answer(server: FakeServer, request: FakeRequest): FakeReply {
  const { body, token } = request
  switch (`${request.method} ${request.path}`) {
    case 'POST /v1/logout':
      server.tokens.delete(token)
      return { status: 204 }
    case 'DELETE /v1/me':
      server.tokens.clear()
      return { status: 204 }
    case 'PUT /v1/me':
      return change(server, { nickname: String(body['nickname']) })
    case 'POST /v1/me/avatar':
      return change(server, { avatarUrl: 'https://api.test/v1/avatars/a.webp' })
    case 'POST /v1/me/wechat-profile':
      return open(server, body, { nickname: '王小明' })
    case 'POST /v1/me/phone':
      if ('code' in body) return change(server, { phone: '156******77' })
      return open(server, body, { phone: '156******77' })
    default:
      // All other routes echo the request, so that a mixed-up answer is detected.
      return { status: 200, body: { ...server.user, asked: request.path, token } }
  }
}

function open(server: FakeServer, body: Record<string, unknown>, won: Partial<User>): FakeReply {
  if (readKeyVersion(body['encryptedData']) !== server.keyVersion)
    return refuse(409, 'SESSION_KEY_STALE')
  return change(server, won)
}

function change(server: FakeServer, won: Partial<User>): FakeReply {
  server.user = { ...server.user, ...won }
  return { status: 200, body: server.user }
}
