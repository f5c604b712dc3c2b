/**
 * Every sentence that a user reads, in one place. Components take them through their data, so WXML
 * holds none. Kind, exact, and never a WeChat logo or the wording of WeChat's own dialogs' buttons
 * in front of its real ones (review rule 5.14.4).
 */

export const texts = {
  common: {
    unexpected: '出了点问题，请再试一次',
    understood: '知道了',
    cancel: '取消',
    retry: '重试',
    loading: '正在登录…',
  },
  user: {
    unnamed: '未填写昵称',
    avatarLabel: '头像',
  },
  failure: {
    offlineTitle: '网络好像断开了',
    offlineDetail: '请检查手机的网络，恢复后会自动重试',
    serverTitle: '暂时连不上服务',
  },
  index: {
    title: '你好，初次见面',
    titleKnown: '欢迎回来',
    lead: '已为你静默登录，不需要账号和密码。头像和昵称，想给的时候再给。',
    signedInAs: '用户编号',
    noProfile: '还没有头像和昵称',
    getProfile: '获取头像昵称',
    editProfile: '修改头像昵称',
    refused: '你已拒绝，其他功能照常可用。想好了随时再点「获取头像昵称」。',
    saved: '已保存，这就是你现在的样子',
    signedOutTitle: '你已退出登录',
    signedOutDetail: '重新登录后，你的资料都还在',
    signIn: '重新登录',
    promises: [
      { icon: 'shield', title: '先问再取', detail: '每一项信息都等你同意后才获取' },
      { icon: 'edit', title: '随时可改', detail: '头像和昵称只在你点保存时提交' },
      { icon: 'exit', title: '随时可走', detail: '退出登录和注销账号都在「我的」里' },
    ],
    me: '我的',
    meDetail: '资料、手机号与登录设备',
    lab: '实验室',
    labDetail: '给开发者：逐项试验微信登录的机制',
  },
  consent: {
    label: '获取头像昵称的授权',
    title: '「登录示例」申请获取你的头像昵称',
    purpose: '用于在小程序内展示你的身份。内容由你自己选择和填写，点保存后才会提交。',
    privacyBefore: '同意即表示你已阅读',
    allow: '允许',
    refuse: '拒绝',
  },
  profile: {
    // wx.getUserProfile takes at most 30 characters.
    desc: '用于在小程序内展示你的头像和昵称',
  },
  form: {
    title: '填写头像昵称',
    chooseAvatar: '选择头像',
    avatarHint: '点头像更换。选完没有变化，说明图片没有通过安全检查',
    avatarFailed: '没能打开头像选择，请再试一次',
    nickname: '昵称',
    nicknamePlaceholder: '请输入昵称',
    nicknameRejected: '这个昵称没有通过微信的安全检查，请换一个',
    nicknameUnchecked: '微信的检查超时了，保存时会再检查一次',
    nicknameLength: '昵称需要 1 到 32 个字',
    nicknameAnonymous: '「微信用户」是系统的默认名，请换一个',
    nothingChanged: '还没有改动，选个头像或填写昵称吧',
    contentRejected: '内容没有通过安全检查，请换一个',
    imageRejected: '这张图片用不了，请换一张 2 MB 以内的照片',
    uploading: '正在上传头像',
    save: '保存',
    cancel: '取消',
  },
  privacy: {
    label: '隐私保护提示',
    title: '使用前请先了解',
    body: '这项功能需要处理你的个人信息。我们只按约定的用途使用，你可以随时撤回。',
    contractFallback: '《隐私保护指引》',
    contractFailed: '暂时打不开隐私保护指引，请稍后再试',
    agree: '同意并继续',
    refuse: '不同意',
  },
  update: {
    title: '有新版本',
    ready: '新版本已经准备好，重启后生效',
    restart: '重启',
    later: '稍后',
    failed: '新版本下载失败，请删除小程序后重新打开',
  },
}
