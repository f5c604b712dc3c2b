/** Style and script of the small page at `/`. They are separate files, because the CSP allows no inline code. */

export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1a1b28; --muted: #636578; --page: #f4f4fa; --card: #fff; --brand: #4a4fe0; --on-brand: #fff; --line: #dcdce6; }
@media (prefers-color-scheme: dark) { :root { --ink: #eeeef6; --muted: #a3a5b8; --page: #111219; --card: #1c1d28; --brand: #8b90ff; --on-brand: #12132a; --line: #33344a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page); color: var(--ink); font: 16px/1.6 system-ui, 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', sans-serif; }
main { width: min(26rem, calc(100vw - 2rem)); padding: 2rem; border-radius: 1rem; background: var(--card); box-shadow: 0 1rem 3rem rgb(26 27 40 / 8%); text-align: center; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; color: var(--muted); text-wrap: pretty; }
img { display: block; margin: 1rem auto; border-radius: .75rem; background: #fff; }
.avatar { width: 6rem; height: 6rem; border-radius: 50%; object-fit: cover; position: relative; overflow: hidden; }
/* Drawn only when the picture did not load. */
.avatar::after { content: attr(data-initial); position: absolute; inset: 0; display: grid; place-items: center; background: var(--brand); color: var(--on-brand); font-size: 2.5rem; }
.code { width: 14rem; height: 14rem; }
.button { display: block; width: 100%; margin-top: .75rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .75rem; background: transparent; color: inherit; font: inherit; text-decoration: none; cursor: pointer; }
.button--primary { border-color: transparent; background: var(--brand); color: var(--on-brand); }
.button:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
.notice { margin: 0 0 1.25rem; padding: .5rem 1rem; border-radius: .75rem; border: 1px solid var(--line); color: var(--ink); }
`

/** Polls the scan that the page shows; everything else works without a script. */
export const PAGE_SCRIPT = `
const scan = document.querySelector('[data-scan]')
const say = (text) => { document.querySelector('[role=status]').textContent = text }
const texts = { pending: '请用微信扫描上面的小程序码', scanned: '已扫描，请在手机上确认', denied: '已在手机上取消，刷新页面可以重新扫码', expired: '小程序码已过期，请刷新页面' }
async function poll() {
  const { scan: id, secret, interval, poll: address } = scan.dataset
  try {
    const reply = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ secret }) })
    if (reply.ok) {
      const { status, to } = await reply.json()
      if (status === 'confirmed') { location.assign(to ?? location.pathname); return }
      say(texts[status])
      if (status === 'denied' || status === 'expired') return
    }
  } catch { say('网络不佳，正在重试') }
  setTimeout(poll, Number(interval) * 1000)
}
if (scan) poll()
`
