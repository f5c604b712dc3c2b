/** Every sentence that a user reads. */
export const texts = {
  loading: '正在登录…',
  signedIn: '已登录',
  signedOut: '已退出登录',
  failed: '登录没有成功',
  answered: '后端回答了这次请求，登录态有效',
  request: '请求一次后端',
  logout: '退出登录',
  login: '重新登录',
}
