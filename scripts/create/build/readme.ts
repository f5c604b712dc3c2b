/** Writes the README of a generated project. */
import type { Backend, Framework } from '../choices'

const FRAMEWORK_NAMES = { native: '原生小程序', 'uni-app': 'uni-app', taro: 'Taro' }

const START_NATIVE =
  'npm start   # 启动本机的微信（沙箱）、后端和浏览器预览，并打印三个地址；Ctrl-C 一起结束'
const TEST = 'npm test    # 用真实的后端和沙箱登录：只登录一次、401 后续上、退出后不再静默登录'

const MINIPROGRAM: Record<Framework, Record<Backend, string>> = {
  native: {
    ours: `miniprogram/   小程序：首页、我的、订单、扫码确认；auth/ 是登录库，文字都在 texts.ts`,
    own: `miniprogram/   小程序：一个页面；auth/ 是登录库，后端地址在 auth-instance.ts，文字在 texts.ts`,
  },
  'uni-app': {
    ours: `miniprogram/   uni-app 项目（Vue 3、Vite）；后端地址在 src/auth.js`,
    own: `miniprogram/   uni-app 项目（Vue 3、Vite）；后端地址在 src/auth.js`,
  },
  taro: {
    ours: `miniprogram/   Taro 项目（React、Vite）；后端地址在 src/auth.js`,
    own: `miniprogram/   Taro 项目（React、Vite）；后端地址在 src/auth.js`,
  },
}

const SERVER: Record<Backend, string> = {
  ours: `server/        后端（BFF）：登录、会话、资料、网页登录、支付；接口文档在 GET /openapi.json
typings/       小程序和后端共用的接口类型`,
  own: `backend/       最小的示例后端，只用内存；npm test 用它，换成你的后端之前可以照着改`,
}

const OPEN_IN_DEVTOOLS: Record<Framework, string> = {
  native: '打开本项目的文件夹',
  'uni-app': '先运行 `npm start`，再打开 `miniprogram/dist/dev/mp-weixin`',
  taro: '先运行 `npm start`，再打开 `miniprogram`',
}

const ADDRESS_FILE: Record<Framework, Record<Backend, string>> = {
  native: { ours: 'miniprogram/config.ts', own: 'miniprogram/auth-instance.ts' },
  'uni-app': { ours: 'miniprogram/src/auth.js', own: 'miniprogram/src/auth.js' },
  taro: { ours: 'miniprogram/src/auth.js', own: 'miniprogram/src/auth.js' },
}

const OURS_GOES_LIVE = `- 运行 \`npm run build\`，在服务器上运行 \`node dist/server/main.js\`。配置全部来自环境变量，见 \`.env.example\`；少了哪一项，启动时会逐项说明。`

const OWN_GOES_ON = `## 接上你的后端

- 你的后端已经在本机运行：把 \`package.json\` 里 \`start\` 的 \`--backend\` 换成它的地址，例如 \`--backend http://127.0.0.1:8080\`，并让它把 \`http://127.0.0.1:7800\` 当作 \`https://api.weixin.qq.com\`。沙箱的 AppID 是 \`wx5a6dbc0000000001\`，AppSecret 是 \`sandbox-secret-wx5a6dbc0000000001\`。
- 接口的格式不同：登录库带有 RuoYi、litemall、Nest 的适配，例如 \`import { ruoyi } from 'BACKENDS'\`，再传 \`createAuth({ baseUrl, backend: ruoyi })\`；也可以照着它们自己写。
- 后端至少要做到：code 只用一次，并发也一样；token 失效时回答 401；新的登录不让旧 token 失效；退出立即生效；session_key 不出现在回答里；错误的 code 太多时回答 429 和 \`Retry-After\`。\`backend/\` 里每一条都有。
`

function backendsModule(framework: Framework): string {
  return framework === 'native' ? './auth/backends' : 'wechat-miniprogram-auth/backends'
}

/** Markdown, in Chinese. */
export function writeReadme(framework: Framework, backend: Backend): string {
  const own =
    backend === 'own' ? `\n${OWN_GOES_ON.replace('BACKENDS', backendsModule(framework))}` : ''
  const live = backend === 'ours' ? `\n${OURS_GOES_LIVE}` : ''
  const first =
    framework === 'native' ? '' : `\n第一次 \`npm start\` 会安装框架（约 300 MB），需要一两分钟。\n`
  return `# __NAME__

微信小程序登录：${FRAMEWORK_NAMES[framework]}，${backend === 'ours' ? '带后端' : '接自己的后端'}。需要 Node.js ≥ 20.19；不需要 AppID 和微信开发者工具。

\`\`\`bash
${START_NATIVE}
${TEST}
\`\`\`

依赖会自动安装。端口冲突时会提示是哪个端口，以及如何修改。
${first}
## 目录

\`\`\`
${MINIPROGRAM[framework][backend]}
${SERVER[backend]}
test/          登录的测试
scripts/       安装依赖，运行命令
vendor/        沙箱、预览和启动程序${framework === 'native' ? '' : '，以及登录库'}，作为 npm 包安装
\`\`\`
${own}
## 换成自己的小程序

- 在微信开发者工具里${OPEN_IN_DEVTOOLS[framework]}，填入你的 AppID。
- 把 \`.env.example\` 复制成 \`.env\`，填 \`WECHAT_APPID\` 和 \`WECHAT_APPSECRET\`：之后 \`npm start\` 直接连微信，不再启动沙箱。AppSecret 只放在这里，不进小程序，也不进 git。
- 上线前把 \`${ADDRESS_FILE[framework][backend]}\` 里的地址换成自己的域名（HTTPS），并在 mp.weixin.qq.com 登记为 request 合法域名。${live}
- 用到头像、昵称、手机号时，在「用户隐私保护指引」里声明。
`
}
