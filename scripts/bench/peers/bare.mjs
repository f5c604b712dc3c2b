/** Bare node:http with the guarantees of guarantees.mjs. */
import { createServer } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers'
import { createService, log, Refusal } from './guarantees.mjs'
import { env, ready } from './store.mjs'

const MAX_BODY_BYTES = 16_384
const service = createService()

function readBody(req) {
  return new Promise((resolve, reject) => {
    const chunks = []
    let size = 0
    req.on('data', (chunk) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) reject(new Refusal(413, 'BODY_TOO_LARGE'))
      chunks.push(chunk)
    })
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    req.on('error', reject)
  })
}

async function answer(req) {
  if (req.method === 'GET' && req.url === '/v1/me') return service.me(req.headers.authorization)
  if (req.method !== 'POST' || req.url !== '/v1/login') throw new Refusal(404, 'NOT_FOUND')
  const { code } = JSON.parse(await readBody(req))
  return service.login(code, req.socket.remoteAddress)
}

let ended = []
function flush() {
  const all = ended
  ended = []
  for (const end of all) end()
}

function send(res, status, body) {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  if (ended.push(() => res.end(text)) === 1) setImmediate(flush)
}

const server = createServer((req, res) => {
  const startedAt = performance.now()
  answer(req).then(
    (body) => send(res, 200, body),
    (error) => send(res, error.status ?? 500, { error: { code: error.code ?? 'INTERNAL' } }),
  )
  res.on('close', () => {
    log.info({
      method: req.method,
      url: req.url,
      status: res.statusCode,
      ms: performance.now() - startedAt,
    })
  })
})

server.listen(env.port, '127.0.0.1', () => ready(server.address().port))
