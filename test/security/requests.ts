/** Requests as fast-check imagines them: well-formed ones, broken ones, and every mixture. */
import { METHODS } from 'node:http'
import fc from 'fast-check'
import { MARK } from './contract-answer'

/** Stands for a token that is good when the request is sent. */
export const GOOD_TOKEN = '{good token}'

export interface FuzzedRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | null
}

const ROUTES = [
  '/v1/login',
  '/v1/logout',
  '/v1/logout-all',
  '/v1/sessions',
  `/v1/sessions/${MARK}`,
  '/v1/me',
  '/v1/me/export',
  '/v1/me/avatar',
  `/v1/avatars/${MARK}.webp`,
  '/v1/avatars/00112233445566778899aabbccddeeff.webp',
  '/v1/me/wechat-profile',
  '/v1/me/phone',
  '/v1/session/check',
  '/healthz',
  '/readyz',
  '/openapi.json',
]

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '../../etc/passwd',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    '%00',
    '%ff%fe',
    '\u202e',
    '\ud800',
    '$' + '{7*7}',
    'a'.repeat(3000),
  ),
)
const marked = anyText.map((text) => `${MARK}${text}`)
const latin1 = (text: string) => Buffer.from(text).toString('latin1')

const method = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS') },
  { weight: 1, arbitrary: fc.constantFrom(...METHODS.filter((name) => name !== 'CONNECT')) },
)

/** What node:http would not send raw is sent as percent-encoding; the rest goes out as it is. */
const pathText = (text: string): string =>
  latin1(text).replace(/[^\x21-\xff]|%(?![0-9a-f]{2})/g, (odd) => encodeURIComponent(odd))

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ROUTES) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...ROUTES), marked).map(([a, b]) => `${a}/${pathText(b)}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...ROUTES), marked).map(([a, b]) => `${a}?${pathText(b)}`),
  },
  { weight: 1, arbitrary: fc.constantFrom(...ROUTES).map((route) => route.toUpperCase()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...ROUTES).map((route) => `http://${MARK}.example${route}`),
  },
  { weight: 1, arbitrary: marked.map((text) => `/${pathText(text)}`) },
  { weight: 1, arbitrary: anyText.map((text) => pathText(text) || '/') },
)

/** What node:http agrees to send: no control characters. */
const headerText = (text: string): string => latin1(text).replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
const headerValue = marked.map(headerText)

const authorization = fc.oneof(
  { weight: 5, arbitrary: fc.constant(`Bearer ${GOOD_TOKEN}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'Bearer', 'Bearer ', `Basic ${MARK}`, `Bearer ${MARK}.a.b`),
  },
  { weight: 1, arbitrary: headerValue.map((value) => `Bearer ${value}`) },
)
const contentType = fc.oneof(
  { weight: 5, arbitrary: fc.constant('application/json') },
  { weight: 2, arbitrary: fc.constant('multipart/form-data; boundary=b') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-8',
      'application/json; charset=utf-16',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      `multipart/form-data; boundary="${MARK}`,
      'text/plain',
    ),
  },
  { weight: 1, arbitrary: headerValue },
)

/** @param percent how often it is there. */
const optional = <T>(arbitrary: fc.Arbitrary<T>, percent: number) =>
  fc.oneof(
    { weight: percent, arbitrary },
    { weight: 100 - percent, arbitrary: fc.constant(undefined) },
  )
const headers = fc
  .record({
    authorization: optional(authorization, 80),
    'content-type': optional(contentType, 85),
    'content-encoding': optional(fc.constantFrom('gzip', 'deflate', 'br', 'identity', MARK), 15),
    'x-request-id': optional(fc.oneof(headerValue, fc.constant(`${MARK}-12345`)), 15),
    'x-forwarded-for': fc.oneof(
      { weight: 5, arbitrary: fc.ipV4() },
      { weight: 1, arbitrary: fc.ipV6() },
      { weight: 1, arbitrary: headerValue },
    ),
    'x-forwarded-proto': optional(headerValue, 15),
    'user-agent': optional(headerValue, 15),
    accept: optional(fc.constantFrom('text/html', 'application/xml', '*/*'), 15),
    'accept-encoding': optional(fc.constantFrom('gzip', 'br', MARK), 15),
    origin: optional(fc.constant(`https://${MARK}.example`), 15),
    'if-none-match': optional(fc.constant('*'), 15),
    range: optional(fc.constant('bytes=0-1'), 15),
    'x-http-method-override': optional(fc.constant('DELETE'), 15),
    expect: optional(fc.constant(MARK), 1),
    other: optional(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), headerValue), 15),
  })
  .map(({ other, ...named }) => {
    const present = Object.entries(named).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    // A length or a coding that is not the body's is for the raw requests.
    const free =
      other !== undefined &&
      !/^(content-length|transfer-encoding|connection|upgrade|expect|host|te|trailer)$/.test(
        other[0],
      )
    return Object.fromEntries([
      ...present,
      ...(free ? [[`x-${other[0]}`, other[1]]] : []),
    ]) as Record<string, string>
  })

const field = fc.constantFrom(
  'code',
  'appid',
  'nickname',
  'rawData',
  'signature',
  'encryptedData',
  'iv',
  '__proto__',
  MARK,
)
const value = fc.oneof(
  { weight: 3, arbitrary: marked },
  { weight: 2, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/) },
  { weight: 1, arbitrary: fc.base64String({ maxLength: 80 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)
const jsonBody = fc
  .array(fc.tuple(field, value), { maxLength: 5 })
  .map((fields) =>
    Buffer.from(
      `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join()}}`,
    ),
  )
const deepBody = fc
  .tuple(fc.integer({ min: 1, max: 16_000 }), fc.constantFrom('[', '{"a":', '[{"b":'))
  .map(([depth, opening]) => Buffer.from(opening.repeat(depth)))
const multipartBody = fc
  .array(
    fc.tuple(
      fc.constantFrom('avatar', 'other', MARK, ''),
      fc.uint8Array({ maxLength: 200 }),
      headerValue,
    ),
    { maxLength: 3 },
  )
  .map((parts) =>
    Buffer.concat([
      ...parts.flatMap(([name, bytes, odd]) => [
        Buffer.from(
          `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${odd}"\r\n\r\n`,
          'latin1',
        ),
        Buffer.from(bytes),
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--b--\r\n'),
    ]),
  )
const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 5, arbitrary: jsonBody },
  { weight: 2, arbitrary: multipartBody },
  { weight: 1, arbitrary: deepBody },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: marked.map((text) => Buffer.from(text)) },
)

export const request: fc.Arbitrary<FuzzedRequest> = fc.record({ method, path, headers, body })

function toBytes({
  method: verb,
  path: target,
  headers: named,
  body: bytes,
}: FuzzedRequest): Buffer {
  const lines = Object.entries(named).map(([name, text]) => `${name}: ${text}\r\n`)
  const length = bytes === null ? '' : `content-length: ${bytes.length}\r\n`
  const head = `${verb} ${target} HTTP/1.1\r\nhost: a\r\n${lines.join('')}${length}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes ?? Buffer.alloc(0)])
}

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 8 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\0',
        ' ',
        ':',
        '\r\n\r\n',
        'transfer-encoding: chunked\r\n',
        '\r\nhost: b',
        'HTTP/1.0',
      )
      .map((text) => Buffer.from(text)),
  ),
})

/** A request with bytes changed anywhere, or bytes that never were one. */
export const rawRequest: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(request, fc.array(edit, { minLength: 1, maxLength: 4 }))
      .map(([sound, edits]) =>
        edits.reduce((bytes, { at, cut, insert }) => {
          const from = Math.floor(at * bytes.length)
          return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + cut)])
        }, toBytes(sound)),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  },
)
