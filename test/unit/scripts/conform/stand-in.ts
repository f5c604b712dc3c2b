/**
 * A backend in the style of RuoYi projects: HTTP 200 for everything, the result in `code`. It uses
 * the sandbox as WeChat. Each fault is one error that conform must find.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Request, Response } from 'express'

export type Fault =
  | 'codes work twice'
  | 'codes work twice at once'
  | 'invented codes work'
  | 'session_key in the answer'
  | 'no token needed'
  | 'any token works'
  | 'only the first half of a token counts'
  | 'a login ends the others'
  | 'logout does nothing'
  | 'logout ends all'
  | 'login answers no token'
  | 'no limit'
  | 'no Retry-After'

const MAX_WRONG_CODES = 20

export async function startStandIn(sandboxUrl: string, appid: string, faults: Fault[] = []) {
  const has = (fault: Fault) => faults.includes(fault)
  const tokens = new Set<string>()
  const spent = new Map<string, Promise<string | null>>()
  let wrongCodes = 0
  let made = 0

  async function exchange(code: string): Promise<string | null> {
    const query = { appid, secret: `sandbox-secret-${appid}`, js_code: code }
    const search = new URLSearchParams({ ...query, grant_type: 'authorization_code' })
    const reply = await fetch(`${sandboxUrl}/sns/jscode2session?${search.toString()}`)
    return ((await reply.json()) as { session_key?: string }).session_key ?? null
  }

  async function findKey(code: string): Promise<string | null> {
    if (has('invented codes work')) return 'key'
    const known = spent.get(code)
    if (known) {
      // A concurrent caller that shares the exchange gets its own session.
      return has('codes work twice') || has('codes work twice at once') ? known : null
    }
    const key = exchange(code)
    spent.set(code, key)
    await key
    if (has('codes work twice at once'))
      setTimeout(() => spent.set(code, Promise.resolve(null)), 50)
    return key
  }

  async function login(request: Request, response: Response): Promise<void> {
    if (wrongCodes >= MAX_WRONG_CODES && !has('no limit')) {
      if (!has('no Retry-After')) response.set('Retry-After', '60')
      response.status(429).json({ code: 429, msg: '太频繁' })
      return
    }
    const key = await findKey((request.body as { code: string }).code)
    if (key === null) {
      wrongCodes += 1
      response.json({ code: 500, msg: '登录失败' })
      return
    }
    if (has('a login ends the others')) tokens.clear()
    made += 1
    const token = `${String(made).padStart(8, '0')}-abcdefghijklmnop`
    tokens.add(token)
    const shown = has('session_key in the answer') ? { session_key: key } : {}
    response.json({ code: 200, ...(has('login answers no token') ? {} : { token }), ...shown })
  }

  const readToken = (request: Request) => request.get('authorization')?.replace('Bearer ', '') ?? ''

  function isKnown(token: string): boolean {
    if (token === '') return has('no token needed')
    if (has('any token works') || tokens.has(token)) return true
    const half = token.slice(0, 8)
    return (
      has('only the first half of a token counts') && [...tokens].some((t) => t.startsWith(half))
    )
  }

  const app = express()
  app.use(express.json())
  app.post('/wxLogin', login)
  app.post('/logout', (request, response) => {
    if (has('logout ends all')) tokens.clear()
    else if (!has('logout does nothing')) tokens.delete(readToken(request))
    response.json({ code: 200 })
  })
  app.get('/getInfo', (request, response) => {
    const answer = isKnown(readToken(request))
      ? { code: 200, user: {} }
      : { code: 401, msg: '认证失败' }
    response.json(answer)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
