/** Addresses of pages: `/pages/a/a?b=1`, or `../b/b` seen from the page on top. */

/** A refused navigation; the message is the tail of WeChat's errMsg. */
export class NavigationError extends Error {}

/** A page's path without the leading slash, and its query. */
export interface PageAddress {
  path: string
  query: Record<string, string>
}

/** Reads an address; `current` is the page that it is seen from. */
export function parsePageUrl(url: string, current: string | undefined): PageAddress {
  const [path = '', search = ''] = url.split('?')
  const full = new URL(path, `file:///${current ?? ''}`).pathname.slice(1)
  return { path: full, query: Object.fromEntries(new URLSearchParams(search)) }
}

/** The address of a page, as `createRoot` takes it. */
export function formatPageUrl({ path, query }: PageAddress): string {
  const search = new URLSearchParams(query).toString()
  return search === '' ? path : `${path}?${search}`
}
