/** The environment with which the BFF also serves the sandbox's three apps on the web. */
import {
  SANDBOX_MINI_PROGRAM,
  SANDBOX_OFFICIAL_ACCOUNT,
  SANDBOX_WEBSITE,
  sandboxSecret,
} from '../lib/defaults'

const APPS = [
  { appid: SANDBOX_MINI_PROGRAM, type: 'miniprogram' },
  { appid: SANDBOX_OFFICIAL_ACCOUNT, type: 'official' },
  { appid: SANDBOX_WEBSITE, type: 'website' },
].map((app) => ({ ...app, secret: sandboxSecret(app.appid) }))

/** @param bffPort where the BFF will listen: browsers return to it from WeChat's page. */
export function webEnv(
  env: NodeJS.ProcessEnv,
  { sandboxUrl, bffPort }: { sandboxUrl: string; bffPort: number },
): NodeJS.ProcessEnv {
  return {
    // The two ways to configure apps exclude each other.
    WECHAT_APPID: undefined,
    WECHAT_APPSECRET: undefined,
    WECHAT_APPS: JSON.stringify(APPS),
    WECHAT_OPEN_BASE: sandboxUrl,
    PUBLIC_URL: env['PUBLIC_URL'] ?? `http://127.0.0.1:${bffPort}`,
  }
}
