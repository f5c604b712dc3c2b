/** What a backend needs to know to use the sandbox. None of it is secret. */
export const DEFAULT_PORT = 7800

export const MINI_PROGRAM_APPID = 'wx5a6dbc0000000001'
export const OFFICIAL_ACCOUNT_APPID = 'wx5a6dbc0000000002'
export const WEBSITE_APPID = 'wx5a6dbc0000000003'

/** The AppSecret of one of the sandbox's apps. */
export const secretOf = (appid: string): string => `sandbox-secret-${appid}`
