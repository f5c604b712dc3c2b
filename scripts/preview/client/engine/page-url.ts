/**
 * URLs of pages: `/pages/a/a?b=1`, or `../b/b` relative to the top page. Query values are not
 * decoded, because WeChat passes them to `onLoad` as written and pages decode them themselves.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/Page.html#onLoad-Object-query
 */

/** A refused navigation; the message is the last part of WeChat's errMsg. */
export class NavigationError extends Error {}

/** A page's path without the leading slash, and its query. */
export interface PageAddress {
  path: string
  query: Record<string, string>
}

/** Invalid encoding is returned unchanged. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Text after a second `=` is dropped, as in WeChat; a name without `=` has the value ''. */
export function parseQuery(search: string): Record<string, string> {
  const pairs = search.split('&').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return [decode(name), value]
    }),
  )
}

/** Parses a URL; `current` is the page that it is relative to. */
export function parsePageUrl(url: string, current: string | undefined): PageAddress {
  const [path = '', search = ''] = url.split('?')
  const full = new URL(path, `file:///${current ?? ''}`).pathname.slice(1)
  return { path: full, query: parseQuery(search) }
}

/** The URL of a page, as `wx.navigateTo` accepts it. */
export function formatPageUrl({ path, query }: PageAddress): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${value}`)
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

/**
 * The URL for glass-easel, which decodes the values for the page's properties and throws when it
 * can't.
 */
export function formatRootUrl({ path, query }: PageAddress): string {
  const encoded = Object.entries(query).map(
    ([name, value]) => [name, encodeURIComponent(decode(value))] as const,
  )
  return formatPageUrl({ path, query: Object.fromEntries(encoded) })
}
