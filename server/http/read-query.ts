/** Reads the query of a URL strictly: each parameter once. */
import type { Request } from 'express'
import type * as z from 'zod'
import { ApiError, invalidRequest } from '../errors'

/** @throws ApiError INVALID_REQUEST naming each parameter that is wrong. */
export function readQuery<T>(req: Request, schema: z.ZodType<T>): T {
  const [, query = ''] = req.url.split('?', 2)
  const parameters = new URLSearchParams(query)
  const names = [...parameters.keys()]
  const doubled = names.find((name, index) => names.indexOf(name) !== index)
  if (doubled !== undefined) throw invalidRequest('query', 'has a parameter twice')
  const parsed = schema.safeParse(Object.fromEntries(parameters))
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message, code }) => ({
    path: path.join('.') || 'query',
    // zod names unknown parameters; those are the caller's bytes and are not sent back.
    message: code === 'unrecognized_keys' ? 'has a parameter that is not known here' : message,
  }))
  throw new ApiError('INVALID_REQUEST', 'The request is not valid: see issues.', { issues })
}
