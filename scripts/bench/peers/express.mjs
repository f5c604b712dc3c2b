/** Express + axios + jsonwebtoken as in tutorials: a string secret, and axios with its defaults. */
import axios from 'axios'
import express from 'express'
import jwt from 'jsonwebtoken'
import { env, openUsers, ready, view } from './store.mjs'

const users = openUsers(env.databaseFile)
const app = express()
app.use(express.json())

app.post('/v1/login', async (req, res) => {
  const { data } = await axios.get(`${env.base}/sns/jscode2session`, {
    params: {
      appid: env.appid,
      secret: env.secret,
      js_code: req.body.code,
      grant_type: 'authorization_code',
    },
  })
  const user = users.upsert(data.openid, data.session_key)
  const token = jwt.sign({ sub: String(user.id) }, env.jwtSecret, { expiresIn: '30d' })
  res.json({ token, user: view(user) })
})

app.get('/v1/me', (req, res) => {
  const token = req.headers.authorization?.replace('Bearer ', '')
  const claims = jwt.verify(token, env.jwtSecret)
  res.json(view(users.find(claims.sub)))
})

const server = app.listen(env.port, '127.0.0.1', () => ready(server.address().port))
