/** An app of WeChat that this service is configured for. */
export interface WechatApp {
  appid: string
  /** The AppSecret. It goes to WeChat and nowhere else. */
  secret: string
  /** `official`: an official account (公众号); `website`: a website app of the open platform. */
  type: 'miniprogram' | 'official' | 'website'
}
