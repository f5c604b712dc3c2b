/** The environment that `npm start` gives the BFF: the shell, then .env, then defaults. */
import { join } from 'node:path'
import { SANDBOX_MINI_PROGRAM, sandboxSecret } from '../lib/defaults'
import { UserError } from '../lib/user-error'
import { assertKeys, readDevKeys } from './dev-keys'

/** True when an AppSecret is set. An AppID alone can't log anyone in, so the sandbox is used then. */
export function usesWechat(env: NodeJS.ProcessEnv): boolean {
  return env['WECHAT_APPS'] !== undefined || (env['WECHAT_APPSECRET'] ?? '') !== ''
}

function devKeys(dataDir: string, env: NodeJS.ProcessEnv): NodeJS.Dict<string> {
  const file = join(dataDir, 'keys.env')
  const keys = readDevKeys(file)
  assertKeys(file, keys, env)
  return keys
}

/** The sandbox's own app replaces an AppID that has no AppSecret. */
export function sandboxEnv(sandboxUrl: string): NodeJS.ProcessEnv {
  return {
    WECHAT_APPID: SANDBOX_MINI_PROGRAM,
    WECHAT_APPSECRET: sandboxSecret(SANDBOX_MINI_PROGRAM),
    WECHAT_API_BASE: sandboxUrl,
  }
}

/** @throws UserError with NODE_ENV=production, for which no keys are made and no sandbox is started. */
export function assertProductionEnv(env: NodeJS.ProcessEnv): void {
  if (env['NODE_ENV'] !== 'production') return
  const isUnset = (...names: string[]): boolean => names.every((name) => (env[name] ?? '') === '')
  const missing = [
    ...(usesWechat(env) ? [] : ['WECHAT_APPSECRET']),
    ...(isUnset('JWT_SECRETS', 'JWT_SIGNING_KEY') ? ['JWT_SECRETS'] : []),
    ...(isUnset('DATA_KEYS') ? ['DATA_KEYS'] : []),
  ]
  if (missing.length === 0) return
  throw new UserError(
    `With NODE_ENV=production there is no sandbox and no key is made. Missing: ${missing.join(', ')}. ` +
      'npm run init -- --appid wx… writes them into .env; or start without NODE_ENV.',
  )
}

/** @param sandboxUrl null when the BFF talks to WeChat itself. */
export function bffEnv(
  env: NodeJS.ProcessEnv,
  dataDir: string,
  sandboxUrl: string | null,
): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: `file:${join(dataDir, 'app.db')}`,
    ...(env['NODE_ENV'] !== 'production' && devKeys(dataDir, env)),
    ...env,
    ...(sandboxUrl !== null && sandboxEnv(sandboxUrl)),
  }
}
