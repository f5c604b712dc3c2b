/** Fastify with schemas, as its documentation advises, and the guarantees of guarantees.mjs. */
import Fastify from 'fastify'
import { createService, log } from './guarantees.mjs'
import { env, ready } from './store.mjs'

const service = createService()
const app = Fastify({
  loggerInstance: log,
  logController: new Fastify.LogController({ disableRequestLogging: true }),
  bodyLimit: 16_384,
})

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
  body: {
    type: 'object',
    required: ['code'],
    additionalProperties: false,
    properties: { code: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,128}$' } },
  },
  response: {
    200: {
      type: 'object',
      properties: { token: text, expiresAt: text, user: userSchema, isNew: { type: 'boolean' } },
    },
  },
}

app.addHook('onResponse', async (request, reply) => {
  const { method, url } = request
  log.info({ method, url, status: reply.statusCode, ms: reply.elapsedTime })
})
app.setErrorHandler((error, _request, reply) => {
  void reply.code(error.status ?? error.statusCode ?? 500).send({ error: { code: error.code } })
})
app.post('/v1/login', { schema: loginSchema }, (request) =>
  service.login(request.body.code, request.ip),
)
app.get('/v1/me', { schema: { response: { 200: userSchema } } }, async (request) =>
  service.me(request.headers.authorization),
)

await app.listen({ port: env.port, host: '127.0.0.1' })
ready(app.server.address().port)
