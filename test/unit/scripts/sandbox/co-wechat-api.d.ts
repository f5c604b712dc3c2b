/** The few members of co-wechat-api (which ships no types) that the third-party test uses. */
declare module 'co-wechat-api' {
  export default class WechatApi {
    constructor(appid: string, secret: string)
    prefix: string
    snsPrefix: string
    wxaPrefix: string
    code2Session(code: string): Promise<Record<string, string>>
    ensureAccessToken(): Promise<{ accessToken: string; expireTime: number }>
  }
}
