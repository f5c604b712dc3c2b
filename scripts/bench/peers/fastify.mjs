/** Fastify + undici + fast-jwt, with schemas for the answers as Fastify's documentation advises. */
import { createSigner, createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import { Pool } from 'undici'
import { env, openUsers, ready, view } from './store.mjs'

const users = openUsers(env.databaseFile)
const wechat = new Pool(env.base, { connections: 100 })
const sign = createSigner({ key: env.jwtSecret, expiresIn: '30d' })
const verify = createVerifier({ key: env.jwtSecret })
const app = Fastify({ logger: true })

const text = { type: ['string', 'null'] }
const userSchema = {
  type: 'object',
  properties: {
    id: text,
    openid: text,
    unionid: text,
    nickname: text,
    avatarUrl: text,
    gender: { type: 'integer' },
    phone: text,
    createdAt: text,
    lastLoginAt: text,
  },
}
const loginSchema = {
  body: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
  response: { 200: { type: 'object', properties: { token: text, user: userSchema } } },
}

app.post('/v1/login', { schema: loginSchema }, async (request) => {
  const query = new URLSearchParams({
    appid: env.appid,
    secret: env.secret,
    js_code: request.body.code,
    grant_type: 'authorization_code',
  })
  const { body } = await wechat.request({ method: 'GET', path: `/sns/jscode2session?${query}` })
  const data = await body.json()
  const user = users.upsert(data.openid, data.session_key)
  return { token: sign({ sub: String(user.id) }), user: view(user) }
})

app.get('/v1/me', { schema: { response: { 200: userSchema } } }, async (request) => {
  const claims = verify(request.headers.authorization?.slice('Bearer '.length))
  return view(users.find(claims.sub))
})

await app.listen({ port: env.port, host: '127.0.0.1' })
ready(app.server.address().port)
