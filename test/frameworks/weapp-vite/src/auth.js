import { createAuth } from 'wechat-miniprogram-auth'

export const auth = createAuth({ baseUrl: 'http://127.0.0.1:3000' })
