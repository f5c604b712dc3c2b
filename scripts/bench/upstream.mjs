/**
 * A minimal WeChat for benchmarks: answers only jscode2session, as fast as node:http can. The
 * sandbox validates requests, so its own speed would distort the result.
 *
 * `node upstream.mjs`; USERS people log in one after the other. GET /delay/50 delays every later
 * answer by 50 ms.
 */
import { createServer } from 'node:http'

const users = Number(process.env.USERS ?? 1000)
const SESSION_KEY = Buffer.alloc(16, 7).toString('base64')
/** Visits all users in an order that looks random to an index; a prime, so that it misses none. */
const STRIDE = 7_368_787

let asked = 0
let delayMs = 0

const server = createServer((req, res) => {
  if (req.url.startsWith('/delay/')) {
    delayMs = Number(req.url.slice('/delay/'.length))
    res.end()
    return
  }
  const openid = `o${String((asked++ * STRIDE) % users).padStart(27, '0')}`
  const answer = JSON.stringify({ session_key: SESSION_KEY, openid })
  // WeChat sends JSON as text/plain.
  const send = () => {
    res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': answer.length })
    res.end(answer)
  }
  if (delayMs === 0) send()
  else setTimeout(send, delayMs)
})

server.keepAliveTimeout = 60_000
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
