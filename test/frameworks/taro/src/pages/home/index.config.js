export default { navigationBarTitleText: 'Taro' }
