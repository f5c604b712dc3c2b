export default { navigationBarTitleText: '登录示例' }
