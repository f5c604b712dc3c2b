/** Every text that the command prints. */
import type { Backend, Framework } from '../choices'

const FRAMEWORK_NAMES: Record<Framework, string> = {
  native: '原生小程序',
  'uni-app': 'uni-app（Vue 3）',
  taro: 'Taro（React）',
}

const BACKEND_NAMES: Record<Backend, string> = {
  ours: '带后端：登录、会话、头像昵称、手机号、支付（Express，SQLite）',
  own: '接自己的后端：附一个最小的示例',
}

export const texts = {
  usage: `用法：npm create wechat-login [目录] -- [选项]
      npx create-wechat-login [目录] [选项]

创建一个能登录的微信小程序，npm start 和 npm test 直接可用。没有给出的选项会逐项询问。

  --framework native|uni-app|taro   用什么写小程序
  --backend ours|own                ours 带后端，own 接自己的后端
  --backend-url http://127.0.0.1:8080
                                    own 时，已经在本机运行的后端；不给就用附带的示例
  --appid wx…                       小程序的 AppID；不给就用沙箱的，以后再填
  --yes, -y                         没有给出的选项用默认值：wechat-login-app、native、ours
  --help, -h                        显示这段说明`,

  intro: '创建微信小程序',
  cancelled: '已取消，什么都没有写入。',

  ask: {
    dir: '放在哪个目录？',
    framework: '用什么写小程序？',
    backend: '后端？',
    backendUrl: '后端在本机的地址？（没有就按回车，用附带的示例）',
    appid: '小程序的 AppID？（没有就按回车，用沙箱的）',
  },
  frameworkNames: FRAMEWORK_NAMES,
  backendNames: BACKEND_NAMES,

  fault: {
    arguments: (reason: string) => `参数不对：${reason}`,
    framework: (value: string) =>
      `--framework 只能是 native、uni-app 或 taro，不能是「${value}」。`,
    backend: (value: string) => `--backend 只能是 ours 或 own，不能是「${value}」。`,
    appid: (value: string) =>
      `「${value}」不是 AppID：应为 wx 加 16 位 0-9 a-f，在 mp.weixin.qq.com 的「开发管理」里查看。`,
    urlShape: (value: string) =>
      `「${value}」不是本机后端的地址：应为 http://127.0.0.1:端口，后面没有路径。预览只访问本机；线上的地址写在小程序的配置里。`,
    urlNeedsOwn: '--backend-url 只和 --backend own 一起用：ours 自带后端。',
    noTerminal: (flags: string) =>
      `这里没有终端，无法询问。请加上 ${flags}，或用 --yes 采用默认值；--help 有全部说明。`,
    emptyDir: '目录不能为空。',
    notEmpty: (dir: string, found: string) =>
      `${dir} 不是空目录，里面有 ${found}。换一个目录，或先把它们移走；什么都没有写入。`,
    notFolder: (dir: string) => `${dir} 是一个文件，不是目录。换一个目录；什么都没有写入。`,
    unreadable: (dir: string, reason: string) =>
      `${dir} 无法读取（${reason}）。换一个目录，或改它的权限；什么都没有写入。`,
    unwritable: (dir: string, reason: string) => `${dir} 无法写入（${reason}）。`,
  },
  more: (names: string, count: number) => `${names} 等 ${count} 项`,
  comma: '、',

  done: (dir: string, framework: Framework, backend: Backend) =>
    `已创建 ${dir}：${FRAMEWORK_NAMES[framework]}，${BACKEND_NAMES[backend].replace(/：.*/, '')}。`,
  next: (dir: string, framework: Framework, backendUrl: string) => `接下来：

  cd ${/\s/.test(dir) ? `"${dir}"` : dir}
  npm start   启动本机的微信（沙箱）、后端和浏览器预览；第一次会安装依赖${
    framework === 'native' ? '' : '和框架（约 300 MB）'
  }
  npm test    用真实的后端和沙箱登录${
    backendUrl === ''
      ? ''
      : `\n\n先让 ${backendUrl} 上的后端把 http://127.0.0.1:7800 当作微信的地址。`
  }

README.md 说明了每个目录，以及怎样换成自己的 AppID 和域名。`,
}
