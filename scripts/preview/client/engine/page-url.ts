/**
 * Addresses of pages: `/pages/a/a?b=1`, or `../b/b` seen from the page on top. Values of a query stay as they
 * are written, percent-encoded or not, since WeChat hands them to `onLoad` so and pages decode them themselves.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/Page.html#onLoad-Object-query
 */

/** A refused navigation; the message is the tail of WeChat's errMsg. */
export class NavigationError extends Error {}

/** A page's path without the leading slash, and its query. */
export interface PageAddress {
  path: string
  query: Record<string, string>
}

/** A text that is no valid encoding stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What follows a second `=` is lost, as in WeChat; a name without any has the value ''. */
export function parseQuery(search: string): Record<string, string> {
  const pairs = search.split('&').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return [decode(name), value]
    }),
  )
}

/** Reads an address; `current` is the page that it is seen from. */
export function parsePageUrl(url: string, current: string | undefined): PageAddress {
  const [path = '', search = ''] = url.split('?')
  const full = new URL(path, `file:///${current ?? ''}`).pathname.slice(1)
  return { path: full, query: parseQuery(search) }
}

/** The address of a page, as `wx.navigateTo` takes it. */
export function formatPageUrl({ path, query }: PageAddress): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${value}`)
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

/** The address as glass-easel takes it: it decodes the values for the page's properties, and fails where it can't. */
export function formatRootUrl({ path, query }: PageAddress): string {
  const encoded = Object.entries(query).map(
    ([name, value]) => [name, encodeURIComponent(decode(value))] as const,
  )
  return formatPageUrl({ path, query: Object.fromEntries(encoded) })
}
