/**
 * How `wx.request` converts `data`: into the query for GET, otherwise by content type into JSON or
 * a form; strings and buffers are unchanged.
 */

const append = (url: string, query: string): string =>
  query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`

function toQuery(data: object): string {
  return Object.entries(data)
    .map(([name, value]) => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
      return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`
    })
    .join('&')
}

/** The URL and body to send for `data`. */
export function encodeData(
  url: string,
  method: string,
  headers: Record<string, string>,
  data: unknown,
): { url: string; content?: BodyInit } {
  if (data === undefined || data === null) return { url }
  if (data instanceof ArrayBuffer) return { url, content: data }
  if (typeof data !== 'object')
    return { url, content: typeof data === 'string' ? data : JSON.stringify(data) }
  if (method === 'GET' || method === 'HEAD') return { url: append(url, toQuery(data)) }
  const isForm = headers['content-type']?.includes('x-www-form-urlencoded') === true
  return { url, content: isForm ? toQuery(data) : JSON.stringify(data) }
}
