/**
 * Converts the event of a 云函数, `{path, method, header?, data?}`, to an HTTP request. The client
 * controls all of it, so what only a platform or a proxy may say is left out.
 */
import * as z from 'zod'
import { invalidRequest } from '../errors'

export interface FunctionRequest {
  method: string
  path: string
  /** By name in lower case; several values where names differ in case only. */
  headers: Map<string, string[]>
  /** Null for none. */
  body: string | null
}

const event = z.looseObject({
  path: z.string().startsWith('/', 'must begin with /'),
  method: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'], 'is no method'))
    .default('GET'),
  header: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'is no name of a header'),
      z.union([
        z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'is no value of a header'),
        z.number().transform(String),
      ]),
    )
    .default({}),
  data: z.union([z.looseObject({}), z.array(z.unknown()), z.string()]).nullish(),
})

/** Headers of a connection or a proxy; a function has neither, so they are dropped. */
const DROPPED =
  /^(x-wx-.*|x-forwarded-.*|x-original-forwarded-for|x-real-ip|forwarded|host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length)$/

function readHeaders(header: Record<string, string>): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const [name, value] of Object.entries(header)) {
    const key = name.toLowerCase()
    if (!DROPPED.test(key)) headers.set(key, [...(headers.get(key) ?? []), value])
  }
  return headers
}

/** Adds the data of a GET to the query, as `wx.request` does. */
function withQuery(path: string, data: object): string {
  const query = Object.entries(data)
    .map((pair) => pair.map((text) => encodeURIComponent(String(text))).join('='))
    .join('&')
  return query === '' ? path : path + (path.includes('?') ? '&' : '?') + query
}

const encodePath = (path: string): string => path.replace(/[^\x21-\x7e]/gu, encodeURIComponent)

/** @throws ApiError INVALID_REQUEST */
export function parseEvent(input: unknown): FunctionRequest {
  const parsed = event.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalidRequest(['event', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong')
  }
  const { path, method, header, data } = parsed.data
  const headers = readHeaders(header)
  const hasQuery = ['GET', 'HEAD'].includes(method) && typeof data === 'object' && data !== null
  const hasBody = !hasQuery && data !== undefined && data !== null
  if (hasBody && !headers.has('content-type')) headers.set('content-type', ['application/json'])
  const body = typeof data === 'string' ? data : JSON.stringify(data)
  try {
    const target = encodePath(hasQuery ? withQuery(path, data) : path)
    return { method, path: target, headers, body: hasBody ? body : null }
  } catch {
    throw invalidRequest('event.path', 'must be well-formed Unicode')
  }
}
