/** The preview's HTML: an empty page that the client's script fills. */

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E" +
  "%3Crect x='8' y='2' width='16' height='28' rx='4' fill='%2307c160'/%3E" +
  "%3Crect x='10.5' y='6' width='11' height='18' rx='1' fill='white'/%3E%3C/svg%3E"

/** The page at `/`. It loads nothing from other origins. */
export function createPage(): string {
  return `<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>小程序预览</title>
    <link rel="icon" href="${ICON}" />
    <link rel="stylesheet" href="/__preview/client.css" />
  </head>
  <body>
    <script src="/__preview/client.js"></script>
  </body>
</html>
`
}
