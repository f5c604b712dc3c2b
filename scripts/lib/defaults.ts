/** What the sandbox, the preview, the commands and the tests agree on. */

export const DEFAULT_PORTS = { bff: 3000, sandbox: 7800, preview: 7801 }

/** The apps that the sandbox knows. */
export const SANDBOX_MINI_PROGRAM = 'wx5a6dbc0000000001'
export const SANDBOX_OFFICIAL_ACCOUNT = 'wx5a6dbc0000000002'
export const SANDBOX_WEBSITE = 'wx5a6dbc0000000003'

/** Its merchant of WeChat Pay. */
export const SANDBOX_MERCHANT = '1900000001'

/** The sandbox's AppSecret of an app is public, as the app is. */
export const sandboxSecret = (appid: string): string => `sandbox-secret-${appid}`
