/**
 * The texts of the lab. Its readers are developers, so names of APIs and codes are not translated.
 */

export interface CardText {
  title: string
  /** What happens when it runs. */
  what: string
  /** Supported since and until when, and what WeChat changed. */
  history: string
  /** Label of the button. */
  action: string
}

const cards: Record<string, CardText> = {
  'silent-login': {
    title: '静默登录与 openid',
    what: '重新 wx.login，把 code 交给后端换取 openid。不弹窗，不需要用户操作。',
    history: 'code 5 分钟内有效，只能用一次；session_key 留在后端，从不下发。',
    action: '重新登录一次',
  },
  'check-session': {
    title: 'checkSession：两边各问一次',
    what: 'wx.checkSession 问微信客户端，/v1/session/check 让后端拿它保存的 session_key 去问微信。',
    history: '它检查的是 session_key，与我们自己的 token 是否有效无关。',
    action: '检查',
  },
  'token-cache': {
    title: 'token 缓存',
    what: '连续五次 auth.ready()：会话还在，一次 wx.login 都不会发生。',
    history: '启动时也是如此：缓存的会话有效，首屏就不碰网络。',
    action: '调用五次 ready()',
  },
  renew: {
    title: '被撤销后自动重新登录',
    what: '先在服务端作废当前会话，再并发五个请求：它们都收到 401，只登录一次，各自重放一次。',
    history: '迟到的 401 不会影响新会话；重放后再次 401 就直接报错。',
    action: '撤销会话再请求',
  },
  'get-user-profile': {
    title: 'wx.getUserProfile',
    what: '在点按里同步调用，由微信弹窗询问。',
    history:
      '基础库 2.10.4 起可用；2022-11-08 24:00 后发布的版本只会得到「微信用户」和灰色头像（基础库低于 2.27.1 除外）。',
    action: '获取用户资料',
  },
  'get-user-info': {
    title: 'open-type="getUserInfo"',
    what: '按钮直接带回 userInfo 与加密数据。',
    history: '2021-04-28 24:00 后发布的版本不再弹窗，userInfo 是匿名的。',
    action: '获取用户信息',
  },
  'open-data': {
    title: '<open-data>',
    what: '下面是真实渲染的 open-data：以前它会显示访问者自己的头像和昵称。',
    history: '2022-02-21 24:00 起已回收：昵称显示「微信用户」，头像是灰色的，其余为空。',
    action: '',
  },
  'choose-avatar': {
    title: 'open-type="chooseAvatar"',
    what: '得到的是一个临时文件路径，必须上传后才能长期使用。这里只展示，不上传。',
    history: '基础库 2.21.2 起；2.24.4 起图片没通过安全检查时不会触发任何事件。',
    action: '选择头像',
  },
  nickname: {
    title: '<input type="nickname">',
    what: '键盘上方会出现微信昵称。用表单提交来收集，这里只展示，不保存。',
    history:
      '基础库 2.21.2 起；2.24.4 起失焦时异步检查，不通过会被清空；2.29.1 起有 nicknamereview 事件。',
    action: '提交表单',
  },
  phone: {
    title: 'open-type="getPhoneNumber"',
    what: '按钮带回一个动态令牌，后端用它换手机号，页面只看到打码后的号码。',
    history: '2.21.2 起给 code，之前是加密数据；仅限已认证的非个人主体，2023-08-28 起按次计费。',
    action: '获取手机号',
  },
  sealed: {
    title: '加密数据：验签与解密',
    what: 'wx.getUserInfo 的 rawData、signature、encryptedData、iv 原样交给后端，由它用 session_key 验签、解密并核对水印。',
    history: '数据产生之后、后端打开之前不能再 wx.login，否则 session_key 可能已经换了。',
    action: '取数据并交给后端',
  },
  'modal-first': {
    title: '先弹窗，再授权',
    what: '先用 showModal 说明用途，用户点「允许」后在它的回调里调用 wx.getUserProfile。',
    history: 'showModal 的回调继承点按；setTimeout 和 wx.login 的回调没有。',
    action: '先问再取',
  },
  download: {
    title: 'download：带着 token 下载',
    what: '用 wx.downloadFile 下载「我的数据」，401 时重新登录一次，断网时重试。',
    history: 'wx.downloadFile 会把任何回答存成文件，包括错误；这里先看状态和类型再交给页面。',
    action: '下载我的数据',
  },
  stream: {
    title: 'stream：边收边显示',
    what: '用 enableChunked 接收同一份数据，按完整的字交出；也能读 text/event-stream。',
    history: '基础库 2.20.2 起；更低的版本在结束时一次收到。JSON 可能是错误，收完判断后才交出。',
    action: '用流接收',
  },
  'with-token': {
    title: 'withToken：给别人的 SDK 用',
    what: '先在服务端作废会话，再让一个自己发请求的「SDK」取 token：它遇到 401，登录库重新登录后再调用它一次。',
    history: 'SDK 的 Promise 以 status 401 拒绝时才会重来，只有一次。',
    action: '撤销会话再调用 SDK',
  },
}

export const labTexts = {
  title: '实验室',
  lead: '每张卡片都在这台设备上真实运行一种登录机制，结果就地显示。',
  env: {
    title: '当前环境',
    baseLibrary: '基础库',
    version: '小程序版本',
    mode: '资料获取方式',
    state: '会话状态',
    server: '后端地址',
  },
  cards,
  needsBaseLibrary: '需要基础库',
  present: '当前',
  missingApi: '当前环境没有',
  nicknamePlaceholder: '点这里试试昵称键盘',
  modal: {
    title: '申请获取你的头像昵称',
    content: '用于在小程序内展示。点「允许」后由微信再次询问。',
    allow: '允许',
    refuse: '拒绝',
  },
  outcome: {
    result: '结果',
    took: '用时',
    logins: 'wx.login 次数',
    userId: '用户 id',
    hidden: '后端未公开',
    none: '无',
    phoneSide: '微信客户端',
    serverSide: '后端保存的',
    valid: '有效',
    expired: '已失效',
    revoked: '作废会话',
    replies: '五个请求',
    done: '完成',
    succeeded: '都成功',
    profile: '昵称',
    avatar: '头像',
    path: '临时路径',
    submitted: '表单里的值',
    empty: '（空：可能未通过检查而被清空）',
    phone: '手机号',
    signature: '签名',
    sealedSize: '密文长度',
    opened: '验签、解密、水印都通过',
    refused: '用户选择了拒绝',
    anonymous: '接口成功返回，但资料是匿名的；已识别，没有提交给后端',
    kind: '错误类别',
    code: '错误码',
    status: 'HTTP 状态',
    requestId: '请求编号',
    hint: '建议',
    progress: '进度',
    received: '收到',
    pieces: '分成几段',
    sdkCalls: 'SDK 被调用次数',
    characters: '个字符',
    milliseconds: '毫秒',
  },
}
