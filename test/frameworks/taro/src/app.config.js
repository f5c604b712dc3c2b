export default {
  pages: ['pages/home/index'],
  window: { navigationBarTitleText: 'Taro' },
}
