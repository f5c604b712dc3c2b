/** The contract's rules for every answer, whatever the request; returns the violations. */
import * as z from 'zod'
import { STATUS_OF } from '../../server/errors'

export interface Answer {
  method: string
  status: number
  /** Names in lower case. */
  headers: Record<string, string | undefined>
  body: string
}

/** Never part of an answer: every fuzzed request contains it. */
export const MARK = 'zqx7echo'

const MARKUP = /<(!doctype|html|head|body|pre|script|title)/i
/** Answers that Node's parser sends by itself. */
const OF_NODE = new Set([400, 408, 417, 431])
/** Answers that the server sends in the parser's place, with its own headers and no body. */
const LIKE_NODE = new Set([417, 431])
const FIELDS_OF_ERROR = new Set(['code', 'message', 'requestId', 'issues'])

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function faultsOfErrorBody({ status, headers, body }: Answer): string[] {
  const { error, ...others } = (parse(body) ?? {}) as { error?: Record<string, unknown> }
  if (error === undefined) return ['an error without the error shape']
  const code = String(error['code'])
  const { [code]: statusOfCode } = STATUS_OF as Record<string, number>
  return [
    ...(Object.keys(others).length > 0 ? ['fields beside error'] : []),
    ...Object.keys(error)
      .filter((name) => !FIELDS_OF_ERROR.has(name))
      .map((name) => `an unknown field ${name}`),
    ...(statusOfCode === status ? [] : [`${code} with status ${status}`]),
    ...(typeof error['message'] === 'string' && error['message'] !== '' ? [] : ['no message']),
    ...(error['requestId'] === headers['x-request-id'] ? [] : ['another request id']),
    ...(status === 401 && headers['www-authenticate'] === undefined ? ['401 unchallenged'] : []),
    ...(status === 405 && headers['allow'] === undefined ? ['405 without Allow'] : []),
    ...(status === 429 && !(Number(headers['retry-after']) > 0) ? ['429 without Retry-After'] : []),
  ]
}

/** A well-formed request id is the only value that is echoed. */
function echoes({ status, headers, body }: Answer): boolean {
  const { 'x-request-id': requestId = '', ...others } = headers
  const text = status < 400 ? '' : body.replaceAll(requestId, '')
  return (JSON.stringify(others) + text).toLowerCase().includes(MARK)
}

/** @returns the violations; empty when there are none. */
export function faultsOf(answer: Answer): string[] {
  const { method, status, headers, body } = answer
  if (status >= 500) return [`status ${status}: ${body}`]
  if (![200, 204].includes(status) && status < 400) return [`status ${status}`]
  const faults = [
    ...(echoes(answer) ? ['an echo of the request'] : []),
    ...(MARKUP.test(body) || /html/i.test(headers['content-type'] ?? '') ? ['HTML'] : []),
  ]
  const isOfNode = headers['x-request-id'] === undefined || LIKE_NODE.has(status)
  if (isOfNode) return OF_NODE.has(status) && body === '' ? faults : [...faults, 'not our answer']
  if (headers['x-content-type-options'] !== 'nosniff') faults.push('sniffable')
  if (headers['cache-control'] !== 'no-store') faults.push('may be kept')
  if (body === '') return method === 'HEAD' || status === 204 ? faults : [...faults, 'no body']
  if (!headers['content-type']?.startsWith('application/json')) faults.push('no JSON by its type')
  return status < 400 ? faults : [...faults, ...faultsOfErrorBody(answer)]
}

interface Described {
  description: string
  content?: Record<string, { schema?: z.core.JSONSchema.JSONSchema }>
}

/** The part of openapi.json that answers are checked against. */
export interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Described> }>>
}

/**
 * @returns the parts of an answer that the document does not describe; `path` is the document's
 * own.
 */
export function undocumented(
  document: Document,
  { path, method, status, body }: { path: string; method: string; status: number; body: string },
): string[] {
  const described = document.paths[path]?.[method]?.responses[String(status)]
  if (described === undefined) return [`status ${status}`]
  const schema = described.content?.['application/json']?.schema
  if (schema === undefined) return []
  if (schema.$ref === undefined) {
    return z.fromJSONSchema(schema).safeParse(parse(body)).success ? [] : [`the shape ${body}`]
  }
  const { error } = (parse(body) ?? {}) as { error?: { code: string } }
  if (error === undefined) return [`no error: ${body}`]
  return described.description.split(', ').includes(error.code) ? [] : [error.code]
}
