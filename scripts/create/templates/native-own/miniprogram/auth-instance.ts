/** The mini-program's one auth instance. Pages import it from here instead of using getApp(). */
import { createAuth } from './auth/index'

const baseUrls = {
  // DevTools and the preview on this computer.
  develop: 'http://127.0.0.1:3000',
  // Your own domain: HTTPS, and listed in the console (开发管理 → 服务器域名).
  trial: 'https://change-me.example.com',
  release: 'https://change-me.example.com',
}

/**
 * The API came with base library 2.2.2, its `envVersion` with 2.10.0. A client that can't tell
 * counts as released, so that it never calls a developer's computer.
 */
interface Account {
  miniProgram: { envVersion?: keyof typeof baseUrls }
}

const account = wx.getAccountInfoSync?.() as Account | undefined
const envVersion = account?.miniProgram.envVersion ?? 'release'

// For a backend with another format: `import { ruoyi } from './auth/backends'`, then `backend:
// ruoyi` here.
export const auth = createAuth({ baseUrl: baseUrls[envVersion] })
