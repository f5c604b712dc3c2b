/** Values that the sandbox, the preview, the commands and the tests share. */

export const DEFAULT_PORTS = { bff: 3000, sandbox: 7800, preview: 7801 }

/** The apps of the sandbox. */
export const SANDBOX_MINI_PROGRAM = 'wx5a6dbc0000000001'
export const SANDBOX_OFFICIAL_ACCOUNT = 'wx5a6dbc0000000002'
export const SANDBOX_WEBSITE = 'wx5a6dbc0000000003'

/** Its WeChat Pay merchant. */
export const SANDBOX_MERCHANT = '1900000001'

/** The AppSecret of a sandbox app is public, like the app itself. */
export const sandboxSecret = (appid: string): string => `sandbox-secret-${appid}`
