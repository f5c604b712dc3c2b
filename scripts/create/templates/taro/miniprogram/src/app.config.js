export default {
  pages: ['pages/home/index'],
  window: { navigationBarTitleText: '登录示例' },
}
