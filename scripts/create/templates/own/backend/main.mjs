/**
 * A minimal backend for this mini-program: exchanges login codes, checks its tokens and revokes
 * them. Everything is kept in memory: after a restart the mini-program logs in again on its own.
 */
import { createServer } from 'node:http'
import { exchangeCode } from './wechat.mjs'
import { createSessions } from './sessions.mjs'
import { createLimit } from './limit.mjs'

const MAX_BODY_BYTES = 16 * 1024
/** Wrong codes per address and minute. */
const MAX_WRONG_CODES = 20

const sessions = createSessions()
const wrongCodes = createLimit(MAX_WRONG_CODES)

const refusal = (status, code, headers = {}) => ({ status, body: { error: { code } }, headers })

/** What the mini-program gets when WeChat gives no openid. */
const refusals = {
  'wrong-code': refusal(400, 'WX_CODE_INVALID'),
  'blocked-user': refusal(403, 'WX_USER_BLOCKED'),
  unavailable: refusal(503, 'WX_UNAVAILABLE', { 'Retry-After': 5 }),
}

/** Null for anything but JSON of at most 16 KiB. A longer body is read to its end, so that the answer arrives. */
async function readJson(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8'))
    if (text.length <= MAX_BODY_BYTES) text += chunk
  if (text.length > MAX_BODY_BYTES) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const tokenOf = (request) => request.headers.authorization?.replace(/^Bearer /, '') ?? ''

/** POST /v1/login {code} → {token, expiresAt, user} */
async function logIn(request) {
  const address = request.socket.remoteAddress
  const waitSeconds = wrongCodes.secondsToWait(address)
  if (waitSeconds > 0) return refusal(429, 'RATE_LIMITED', { 'Retry-After': waitSeconds })
  const { code } = (await readJson(request)) ?? {}
  if (typeof code !== 'string' || code === '') return refusal(400, 'INVALID_REQUEST')
  const { openid, fault } = await exchangeCode(code)
  if (fault === 'wrong-code') wrongCodes.count(address)
  return openid === undefined ? refusals[fault] : { status: 200, body: sessions.begin(openid) }
}

/** GET /v1/me → the user behind the token */
function showMe(request) {
  const user = sessions.find(tokenOf(request))
  return user === null ? refusal(401, 'TOKEN_INVALID') : { status: 200, body: user }
}

/** POST /v1/logout: ends this token only. */
function logOut(request) {
  sessions.end(tokenOf(request))
  return { status: 204 }
}

const routes = {
  'POST /v1/login': logIn,
  'GET /v1/me': showMe,
  'POST /v1/logout': logOut,
  'GET /readyz': () => ({ status: 200, body: { ok: true } }),
}

async function answer(request, response) {
  const path = request.url.replace(/\?.*$/s, '')
  const route = routes[`${request.method} ${path}`] ?? (() => refusal(404, 'NOT_FOUND'))
  const { status, body, headers } = await route(request)
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    // A request that the client aborts also ends here, and must not crash the process.
    if (error.code !== 'ECONNRESET') console.error(error)
    response.destroy()
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const listeningOn = `http://127.0.0.1:${server.address().port}`
  console.log(`backend on ${listeningOn}`)
  // npm start and npm test wait for this message.
  process.send?.({ listeningOn })
})
process.on('SIGTERM', () => process.exit(0))
process.on('disconnect', () => process.exit(0))
