/** Reads a JSON body as strictly as the contract requires: UTF-8, 16 KiB, no unknown fields. */
import * as z from 'zod'
import { ApiError, invalidRequest } from './api-error'
import type { Call } from './route'

const MAX_BYTES = 16_384

/** The format of WeChat's codes. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 _ -')

function isJsonType(contentType: string): boolean {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset'))
  return type === 'application/json' && charsets.every((text) => /^charset="?utf-8"?$/.test(text))
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalidRequest('body', 'must be UTF-8')
  }
}

/** Only a JSON escape can produce a lone surrogate. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).flat().every(isWellFormed)
}

function parse(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Invalid JSON gets the same error as a value that is not an object. A byte order mark is
    // invalid, too.
  }
  if (typeof value !== 'object' || value === null) {
    throw invalidRequest('body', 'must be a JSON object')
  }
  if (!isWellFormed(value)) throw invalidRequest('body', 'must not hold lone surrogates')
  return value
}

/** Refuses a compressed body. */
export function assertPlain(headers: Headers): void {
  if (headers.has('content-encoding')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must come without a Content-Encoding.')
  }
}

/** Of several allowed shapes, report the one with the fewest issues: it was probably intended. */
function closest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  return [...issue.errors].sort((one, other) => one.length - other.length)[0] ?? [issue]
}

/** zod's own message would contain unknown keys, which are the caller's bytes. */
const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? 'has a field that is not known here' : issue.message

/** @throws ApiError INVALID_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE */
export async function readJson<T>({ headers, body }: Call, schema: z.ZodType<T>): Promise<T> {
  if (!isJsonType(headers.get('content-type') ?? '')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be application/json.')
  }
  assertPlain(headers)
  const bytes = await body.arrayBuffer()
  if (bytes.byteLength > MAX_BYTES) {
    throw new ApiError('BODY_TOO_LARGE', `The body must have at most ${MAX_BYTES} bytes.`)
  }
  const parsed = schema.safeParse(parse(decode(bytes)))
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.flatMap(closest).map((issue) => ({
    path: issue.path.join('.') || 'body',
    message: messageOf(issue),
  }))
  throw new ApiError('INVALID_REQUEST', 'The request is not valid: see issues.', { issues })
}
