/** Reads the query parameters of a URL strictly: each at most once, and no unknown ones. */
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { invalidRequest } from '../errors'
import { parseInput } from './read-json'

/** @throws ApiError INVALID_REQUEST */
export function readQuery<T>(req: IncomingMessage, schema: z.ZodType<T>): T {
  const { searchParams } = new URL(req.url ?? '/', 'http://localhost')
  const names = [...searchParams.keys()]
  if (new Set(names).size < names.length) throw invalidRequest('query', 'has a parameter twice')
  return parseInput(schema, Object.fromEntries(searchParams), ['query'])
}
