/** The small page at `/`: who is signed in, the ways to sign in, and the sign-out form. An example to copy. */
import type { User } from '../../typings/api'

interface PageView {
  user: User | null
  /** What `?login=` says of the last attempt. */
  outcome: string | null
  ways: { href: string; text: string }[]
  /** The QR code, if it was requested. */
  scan: { id: string; secret: string; qr: string; intervalSeconds: number } | null
  /** Where the service is mounted; empty at the root. */
  base: string
}

const OUTCOMES = new Map([
  ['denied', '你没有同意授权，可以再试一次或换一种方式。'],
  ['no-code', '暂时无法生成小程序码，请稍后再试，或换一种方式。'],
  ['snapshot', '微信正以快照方式打开这个页面，请点右下角「使用完整服务」后再登录。'],
])

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)

function signedIn(user: User, base: string): string {
  const name = user.nickname ?? '你好'
  const [initial = ''] = name
  const avatar =
    user.avatarUrl === null
      ? ''
      : `<img class="avatar" alt="" data-initial="${escape(initial)}" src="${escape(user.avatarUrl)}">`
  return `<h1>${escape(name)}</h1>
${avatar}
<p>已登录，用户编号 ${escape(user.id.slice(-8))}</p>
<form method="post" action="${base}/v1/web/sign-out"><button class="button">退出登录</button></form>`
}

function signedOut({ ways, scan, base }: PageView): string {
  const code =
    scan === null
      ? ''
      : `<img class="code" alt="小程序码" src="${escape(scan.qr)}" data-scan="${escape(scan.id)}" data-secret="${escape(scan.secret)}" data-interval="${scan.intervalSeconds}" data-poll="${base}/v1/web/scans/${escape(scan.id)}/poll">
<p role="status">请用微信扫描上面的小程序码</p>
<noscript><p class="notice">浏览器停用了 JavaScript，扫码后网页不会自动登录，请换用其他方式。</p></noscript>`
  const links = ways.map(
    ({ href, text }, index) =>
      `<a class="button${index === 0 && scan === null ? ' button--primary' : ''}" href="${escape(href)}">${escape(text)}</a>`,
  )
  return `<h1>微信登录</h1>
<p>登录后和小程序里是同一个账号。</p>
${code}${links.join('\n')}`
}

export function renderPage(view: PageView): string {
  const notice = OUTCOMES.get(view.outcome ?? '')
  const script =
    view.scan === null ? '' : `<script src="${view.base}/v1/web/page.js" defer></script>`
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>微信登录</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${view.base}/v1/web/page.css">
${script}
</head>
<body>
<main>
${notice === undefined ? '' : `<p class="notice" role="alert">${notice}</p>`}
${view.user === null ? signedOut(view) : signedIn(view.user, view.base)}
</main>
</body>
</html>
`
}
