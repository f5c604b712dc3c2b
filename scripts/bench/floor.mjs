/**
 * The baselines: the best that node:http can do on this machine.
 *
 *   static  any GET answers a fixed JSON of the size of GET /v1/me's
 *   proxy   POST /v1/login reads the body, makes the one upstream call and answers a fixed JSON of
 *           the size of a login's; it checks and stores nothing
 */
import { createServer } from 'node:http'
import { Pool } from 'undici'

const ID = '00000000-0000-0000-0000-000000000000'
const AT = '2026-01-01T00:00:00.000Z'
const user = {
  id: ID,
  openid: 'o'.repeat(28),
  unionid: null,
  nickname: null,
  avatarUrl: null,
  gender: 0,
  phone: null,
  createdAt: AT,
  lastLoginAt: AT,
}
const me = JSON.stringify(user)
const login = JSON.stringify({ token: 't'.repeat(318), expiresAt: AT, user, isNew: false })

const upstream = new Pool(process.env.WECHAT_API_BASE, { connections: 100 })

function send(res, body) {
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  res.end(body)
}

async function exchange(body, res) {
  const { code } = JSON.parse(body)
  const answer = await upstream.request({
    method: 'GET',
    path: `/sns/jscode2session?appid=a&secret=s&js_code=${code}&grant_type=authorization_code`,
  })
  await answer.body.text()
  send(res, login)
}

const server = createServer((req, res) => {
  if (req.method === 'GET') {
    send(res, me)
    return
  }
  let body = ''
  req.setEncoding('utf8')
  req.on('data', (chunk) => (body += chunk))
  req.on('end', () => {
    exchange(body, res).catch((error) => {
      console.error(error)
      res.writeHead(502).end()
    })
  })
})

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
