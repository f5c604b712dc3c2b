/**
 * The playground's HTML: only relative URLs, and a policy that forbids the page every connection.
 */

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'"

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E" +
  "%3Crect x='8' y='2' width='16' height='28' rx='4' fill='%2307c160'/%3E" +
  "%3Crect x='10.5' y='6' width='11' height='18' rx='1' fill='white'/%3E%3C/svg%3E"

/**
 * @param info about the mini-program, from the build; it is embedded, because the page can't fetch.
 */
export function createHtml(info: object): string {
  const json = JSON.stringify(info).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>微信小程序登录 · 体验版</title>
    <link rel="icon" href="${ICON}" />
    <link rel="stylesheet" href="page.css" />
    <script type="application/json" id="app-info">${json}</script>
  </head>
  <body>
    <script src="page.js"></script>
  </body>
</html>
`
}
