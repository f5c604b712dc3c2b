/**
 * Reads a JSON body strictly: at most 16 KiB of plain UTF-8, a Content-Type that says so, no
 * Content-Encoding, no BOM, no lone surrogates. What is refused says why; nothing is echoed.
 */
import express from 'express'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import { ApiError, invalidRequest } from '../errors'

const MAX_BODY_BYTES = 16_384
const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i
const LONE_SURROGATE = /\p{Cs}/u

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function assertText(body: Buffer): void {
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    throw invalidRequest('body', 'must be UTF-8')
  }
  if (text.startsWith('\ufeff'))
    throw invalidRequest('body', 'must not begin with a byte order mark')
}

const parse = express.json({
  limit: MAX_BODY_BYTES,
  inflate: false,
  strict: true,
  type: () => true,
  verify: (_req, _res, body) => {
    assertText(body)
  },
})

/** The name of body-parser's failure, as the wire knows it. */
function asApiError(error: unknown): Error {
  if (error instanceof ApiError) return error
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : ''
  if (type === 'entity.too.large') {
    return new ApiError('BODY_TOO_LARGE', `The body must have at most ${MAX_BODY_BYTES} bytes.`)
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must be plain UTF-8 JSON.')
  }
  if (
    type === 'entity.parse.failed' ||
    type === 'request.size.invalid' ||
    type === 'request.aborted'
  ) {
    return invalidRequest('body', 'must be a whole JSON object')
  }
  return error instanceof Error ? error : new Error('the body could not be read')
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return LONE_SURROGATE.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, inner]) => LONE_SURROGATE.test(key) || hasLoneSurrogate(inner),
  )
}

function readRaw(req: Request, res: Response): Promise<unknown> {
  return new Promise((resolve, reject) => {
    parse(req, res, (error?: unknown) => {
      if (error === undefined || error === null) resolve(req.body)
      else reject(asApiError(error))
    })
  })
}

/** @throws ApiError INVALID_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE */
export async function readJson<T>(req: Request, res: Response, schema: z.ZodType<T>): Promise<T> {
  if (!JSON_TYPE.test(req.headers['content-type'] ?? '')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be application/json.')
  }
  if (req.headers['content-encoding'] !== undefined) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must come without a Content-Encoding.')
  }
  const body = await readRaw(req, res)
  if (body === undefined) throw invalidRequest('body', 'is missing')
  const parsed = schema.safeParse(body)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({
      path: issue.path.join('.') || 'body',
      message: messageOf(issue),
    }))
    throw new ApiError('INVALID_REQUEST', 'The request is not valid: see issues.', { issues })
  }
  if (hasLoneSurrogate(body)) throw invalidRequest('body', 'must not hold lone surrogates')
  return parsed.data
}

/** zod names unknown keys in its message; those are the caller's bytes and are not sent back. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'has a field that is not known here' : issue.message
}
