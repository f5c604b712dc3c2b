/** What the BFF gets from `npm start`: .env and the shell, and defaults for what neither says. */
import { join } from 'node:path'
import { MINI_PROGRAM_APPID, secretOf } from '../sandbox/defaults'
import { readDevKeys } from './dev-keys'

/** An AppSecret is there. An AppID alone can't log anyone in: the sandbox stands in then. */
export function usesWechat(env: NodeJS.ProcessEnv): boolean {
  return env['WECHAT_APPS'] !== undefined || (env['WECHAT_APPSECRET'] ?? '') !== ''
}

const keysFile = (dataDir: string): string => join(dataDir, 'keys.env')

/** The sandbox's own app goes before an AppID that has no AppSecret. */
export function sandboxEnv(sandboxUrl: string): NodeJS.ProcessEnv {
  return {
    WECHAT_APPID: MINI_PROGRAM_APPID,
    WECHAT_APPSECRET: secretOf(MINI_PROGRAM_APPID),
    WECHAT_API_BASE: sandboxUrl,
  }
}

/** @param sandboxUrl null when the BFF talks to WeChat itself. */
export function bffEnv(
  env: NodeJS.ProcessEnv,
  dataDir: string,
  sandboxUrl: string | null,
): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: `file:${join(dataDir, 'app.db')}`,
    ...(env['NODE_ENV'] !== 'production' && readDevKeys(keysFile(dataDir))),
    ...env,
    ...(sandboxUrl !== null && sandboxEnv(sandboxUrl)),
  }
}
