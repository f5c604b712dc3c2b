/** Hono on Node with fetch and jose. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { jwtVerify, SignJWT } from 'jose'
import { env, openUsers, ready, view } from './store.mjs'

const users = openUsers(env.databaseFile)
const secret = new TextEncoder().encode(env.jwtSecret)
const app = new Hono()

app.post('/v1/login', async (c) => {
  const { code } = await c.req.json()
  const query = new URLSearchParams({
    appid: env.appid,
    secret: env.secret,
    js_code: code,
    grant_type: 'authorization_code',
  })
  const data = await (await fetch(`${env.base}/sns/jscode2session?${query}`)).json()
  const user = users.upsert(data.openid, data.session_key)
  const token = await new SignJWT({ sub: String(user.id) })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('30d')
    .sign(secret)
  return c.json({ token, user: view(user) })
})

app.get('/v1/me', async (c) => {
  const token = c.req.header('Authorization')?.slice('Bearer '.length)
  const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] })
  return c.json(view(users.find(payload.sub)))
})

serve({ fetch: app.fetch, port: env.port, hostname: '127.0.0.1' }, ({ port }) => ready(port))
