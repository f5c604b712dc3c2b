/**
 * Reads a JSON body with express.json, up to 16 KiB. We also refuse what express.json accepts: charsets other
 * than UTF-8, bytes that are not UTF-8, a byte order mark, an empty body. Errors never repeat the input.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import express from 'express'
import type { Request } from 'express'
import type * as z from 'zod'
import { ApiError, invalidRequest } from '../errors'
import { readBody } from './body'

const MAX_BODY_BYTES = 16_384
const BYTE_ORDER_MARK = Buffer.from('\ufeff')
const NO_OBJECT = 'must be a JSON object'

/** Ignores parameters other than charset, because they do not affect the bytes. */
function isJsonType(contentType: string): boolean {
  if (contentType === 'application/json') return true
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset'))
  return type === 'application/json' && charsets.every((text) => /^charset="?utf-8"?$/.test(text))
}

/** body-parser wraps this error and keeps its message. */
function verify(_req: IncomingMessage, _res: unknown, bytes: Buffer): void {
  if (bytes.length === 0) throw new Error('is missing')
  if (!isUtf8(bytes)) throw new Error('must be UTF-8')
  if (bytes.indexOf(BYTE_ORDER_MARK) === 0) {
    throw new Error('must not begin with a byte order mark')
  }
}

const parse = express.json({ limit: MAX_BODY_BYTES, type: () => true, inflate: false, verify })

/** Only errors from `verify` carry our own message. */
function toApiError(error: unknown): ApiError {
  const { type, message } = error as Error & { type?: string }
  return invalidRequest('body', type === 'entity.verify.failed' ? message : NO_OBJECT)
}

/** Where a body may have several shapes, we report the faults of the closest one, which has the fewest. */
function closest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const [nearest] = [...issue.errors].sort((one, other) => one.length - other.length)
  return nearest ?? [issue]
}

/** zod names unknown keys in its message; those are the caller's bytes and are not sent back. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'has a field that is not known here' : issue.message
}

/** @param place the prefix of field names in issues. @throws ApiError INVALID_REQUEST */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, place: string[] = []): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.flatMap(closest).map((issue) => ({
    path: [...place, ...issue.path].join('.') || 'body',
    message: messageOf(issue),
  }))
  throw new ApiError('INVALID_REQUEST', 'The request is not valid: see issues.', { issues })
}

/** @throws ApiError INVALID_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE */
export async function readJson<T>(req: Request, schema: z.ZodType<T>): Promise<T> {
  if (!isJsonType(req.headers['content-type'] ?? '')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be application/json.')
  }
  await readBody(req, { maxBytes: MAX_BODY_BYTES }, parse, toApiError)
  if (req.body === undefined) throw invalidRequest('body', 'is missing')
  return parseInput(schema, req.body)
}
