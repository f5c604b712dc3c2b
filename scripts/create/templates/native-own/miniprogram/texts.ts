/** Every text that a user reads. */
export const texts = {
  loading: '正在登录…',
  signedIn: '已登录',
  signedOut: '已退出登录',
  failed: '登录没有成功',
  answered: '请求成功，登录态有效',
  request: '请求后端接口',
  logout: '退出登录',
  login: '重新登录',
}
