/** node-easywechat, a published WeChat SDK, in the Express app that its documentation shows. */
import express from 'express'
import jwt from 'jsonwebtoken'
import MiniApp from 'node-easywechat/dist/MiniApp/Application.js'
import { env, openUsers, ready, view } from './store.mjs'

const users = openUsers(env.databaseFile)
const wechat = new MiniApp({
  app_id: env.appid,
  secret: env.secret,
  http: { baseURL: env.base },
})
const app = express()
app.use(express.json())

app.post('/v1/login', async (req, res) => {
  const session = await wechat.getUtils().codeToSession(req.body.code)
  const user = users.upsert(session.openid, session.session_key)
  const token = jwt.sign({ sub: String(user.id) }, env.jwtSecret, { expiresIn: '30d' })
  res.json({ token, user: view(user) })
})

app.get('/v1/me', (req, res) => {
  const token = req.headers.authorization?.replace('Bearer ', '')
  const claims = jwt.verify(token, env.jwtSecret)
  res.json(view(users.find(claims.sub)))
})

const server = app.listen(env.port, '127.0.0.1', () => ready(server.address().port))
