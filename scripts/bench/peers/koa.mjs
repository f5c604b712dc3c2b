/** Koa with its router and body parser, undici and jsonwebtoken. */
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import jwt from 'jsonwebtoken'
import Koa from 'koa'
import { Pool } from 'undici'
import { env, openUsers, ready, view } from './store.mjs'

const users = openUsers(env.databaseFile)
const wechat = new Pool(env.base, { connections: 100 })
const app = new Koa()
const router = new Router()

router.post('/v1/login', async (ctx) => {
  const query = new URLSearchParams({
    appid: env.appid,
    secret: env.secret,
    js_code: ctx.request.body.code,
    grant_type: 'authorization_code',
  })
  const { body } = await wechat.request({ method: 'GET', path: `/sns/jscode2session?${query}` })
  const data = await body.json()
  const user = users.upsert(data.openid, data.session_key)
  const token = jwt.sign({ sub: String(user.id) }, env.jwtSecret, { expiresIn: '30d' })
  ctx.body = { token, user: view(user) }
})

router.get('/v1/me', (ctx) => {
  const token = ctx.get('Authorization').slice('Bearer '.length)
  const claims = jwt.verify(token, env.jwtSecret)
  ctx.body = view(users.find(claims.sub))
})

app.use(bodyParser()).use(router.routes()).use(router.allowedMethods())
const server = app.listen(env.port, '127.0.0.1', () => ready(server.address().port))
