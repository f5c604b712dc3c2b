/** Reads the parameters of a URL strictly: each at most once, none that is not known. */
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { ApiError, invalidRequest } from '../errors'

/** @throws ApiError INVALID_REQUEST */
export function readQuery<T>(req: IncomingMessage, schema: z.ZodType<T>): T {
  const { searchParams } = new URL(req.url ?? '/', 'http://localhost')
  const names = [...searchParams.keys()]
  if (new Set(names).size < names.length) throw invalidRequest('query', 'has a parameter twice')
  const parsed = schema.safeParse(Object.fromEntries(searchParams))
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ code, path, message }) => ({
    path: ['query', ...path].join('.'),
    message: code === 'unrecognized_keys' ? 'has a parameter that is not known here' : message,
  }))
  throw new ApiError('INVALID_REQUEST', 'The request is not valid: see issues.', { issues })
}
