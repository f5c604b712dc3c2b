/** Reads the query parameters of a URL. `readQuery` is strict: each at most once, and no unknown ones. */
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { invalidRequest } from '../errors'
import { parseInput } from './read-json'

/** URLSearchParams accepts bad percent-escapes: it reads bytes that are not UTF-8 as U+FFFD. */
function assertReadable(search: string): void {
  try {
    decodeURIComponent(search)
  } catch {
    throw invalidRequest('query', 'must have percent-escapes of UTF-8 only')
  }
}

/** Also returns repeated and unknown parameters. @throws ApiError INVALID_REQUEST */
export function readParameters(req: IncomingMessage): URLSearchParams {
  const { search, searchParams } = new URL(req.url ?? '/', 'http://localhost')
  assertReadable(search)
  return searchParams
}

/** @throws ApiError INVALID_REQUEST */
export function readQuery<T>(req: IncomingMessage, schema: z.ZodType<T>): T {
  const searchParams = readParameters(req)
  const names = [...searchParams.keys()]
  if (new Set(names).size < names.length) throw invalidRequest('query', 'has a parameter twice')
  return parseInput(schema, Object.fromEntries(searchParams), ['query'])
}
