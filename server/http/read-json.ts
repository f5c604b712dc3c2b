/**
 * Reads a JSON body strictly: at most 16 KiB of plain UTF-8, a Content-Type that says so, no
 * Content-Encoding, no BOM, no lone surrogates. What is refused says why; nothing is echoed.
 */
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { ApiError, invalidRequest } from '../errors'
import { assertNoEncoding } from './assert-no-encoding'

const MAX_BODY_BYTES = 16_384
const LONE_SURROGATE = /\p{Cs}/u

/** Other parameters than the charset say nothing about the bytes. */
function isJsonType(contentType: string): boolean {
  if (contentType === 'application/json') return true
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset'))
  return type === 'application/json' && charsets.every((text) => /^charset="?utf-8"?$/.test(text))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const tooLarge = () =>
  new ApiError('BODY_TOO_LARGE', `The body must have at most ${MAX_BODY_BYTES} bytes.`)

function assertPlainJson(req: IncomingMessage): void {
  if (!isJsonType(req.headers['content-type'] ?? '')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be application/json.')
  }
  assertNoEncoding(req)
}

/** Rejects as soon as it is too much; what is left of it is then the connection's end. */
function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    assertPlainJson(req)
    const chunks: Buffer[] = []
    let size = 0
    const cut = () => {
      if (!req.complete) reject(invalidRequest('body', 'must be a whole JSON object'))
    }
    if (req.readableEnded) {
      reject(invalidRequest('body', 'was read before it came here: mount this before body parsers'))
      return
    }
    // Its connection broke while something else was waited for: no event would come any more.
    if (req.destroyed) {
      cut()
      return
    }
    if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      reject(tooLarge())
      return
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= MAX_BODY_BYTES) return
      req.off('data', onData).pause()
      reject(tooLarge())
    }
    // Not once(): these come once, and what it wraps around a listener lives as long as the request.
    req
      .on('data', onData)
      .on('end', () => {
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
      })
      .on('error', cut)
      .on('close', cut)
  })
}

function decode(body: Buffer): string {
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    throw invalidRequest('body', 'must be UTF-8')
  }
  if (text.startsWith('\ufeff')) {
    throw invalidRequest('body', 'must not begin with a byte order mark')
  }
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidRequest('body', 'must be a whole JSON object')
  }
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return LONE_SURROGATE.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, inner]) => LONE_SURROGATE.test(key) || hasLoneSurrogate(inner),
  )
}

function parse<T>(bytes: Buffer, schema: z.ZodType<T>): T {
  if (bytes.length === 0) throw invalidRequest('body', 'is missing')
  const text = decode(bytes)
  const body = parseJson(text)
  const parsed = schema.safeParse(body)
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap(closest).map((issue) => ({
      path: issue.path.join('.') || 'body',
      message: messageOf(issue),
    }))
    throw new ApiError('INVALID_REQUEST', 'The request is not valid: see issues.', { issues })
  }
  // Only an escape can spell one: bytes that do are no UTF-8.
  if (text.includes('\\u') && hasLoneSurrogate(body)) {
    throw invalidRequest('body', 'must not hold lone surrogates')
  }
  return parsed.data
}

/** Rejects with ApiError INVALID_REQUEST, BODY_TOO_LARGE or UNSUPPORTED_MEDIA_TYPE. */
export function readJson<T>(req: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  return readBody(req).then((bytes) => parse(bytes, schema))
}

/** Of several shapes that a body may have, the one that was probably meant: with the fewest faults. */
function closest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const [nearest] = [...issue.errors].sort((one, other) => one.length - other.length)
  return nearest ?? [issue]
}

/** zod names unknown keys in its message; those are the caller's bytes and are not sent back. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'has a field that is not known here' : issue.message
}
