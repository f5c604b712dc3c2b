/**
 * The URL of WeChat's authorize page: a page inside WeChat (official account), or a QR code on a
 * computer (website app, scope snsapi_login).
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 * https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
 */
interface AuthorizeParameters {
  appid: string
  /** Where WeChat sends the browser with `code` and `state`. */
  redirectUri: string
  scope: 'snsapi_base' | 'snsapi_userinfo' | 'snsapi_login'
  /** 1–128 letters and digits. */
  state: string
}

/**
 * Some versions of WeChat refuse another order of the parameters, or a link without the fragment.
 * @param openBase an origin, `https://open.weixin.qq.com`.
 */
export function authorizeUrl(openBase: string, parameters: AuthorizeParameters): string {
  const { appid, redirectUri, scope, state } = parameters
  const path = scope === 'snsapi_login' ? '/connect/qrconnect' : '/connect/oauth2/authorize'
  const query = new URLSearchParams([
    ['appid', appid],
    ['redirect_uri', redirectUri],
    ['response_type', 'code'],
    ['scope', scope],
    ['state', state],
  ])
  return `${openBase}${path}?${query.toString()}#wechat_redirect`
}
