/** Generates openapi.json (OpenAPI 3.1) from the route table and the schemas that validate. */
import * as z from 'zod'
import type { ErrorBody, ErrorCode } from '../../typings/api'
import { STATUS_OF } from '../errors'
import { isRefusedWhileStopping } from './route'
import type { Route } from './route'

const ERRORS_OF_TOKENS: ErrorCode[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'SESSION_REVOKED',
  'SESSION_ENDED',
  'ACCOUNT_DELETED',
  // Authentication reads the session from the store.
  'STORAGE_UNAVAILABLE',
]
const ERRORS_OF_BODIES: ErrorCode[] = ['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']
/** For a malformed Host header, and for a bug. */
const ERRORS_OF_ALL: ErrorCode[] = ['INVALID_REQUEST', 'INTERNAL']

const errorCodes = Object.keys(STATUS_OF) as (keyof typeof STATUS_OF)[]

const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string(),
    requestId: z.string(),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).exactOptional(),
  }),
}) satisfies z.ZodType<ErrorBody>

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

const json = (schema: object) => ({ 'application/json': { schema } })

function errorsOf(route: Route): ErrorCode[] {
  const hasBody = route.body !== undefined || route.upload !== undefined
  return [
    ...(route.auth ? ERRORS_OF_TOKENS : []),
    ...(hasBody ? ERRORS_OF_BODIES : []),
    ...route.errors,
    ...ERRORS_OF_ALL,
    ...(isRefusedWhileStopping(route) ? (['SHUTTING_DOWN'] as const) : []),
  ]
}

function badAnswers(route: Route): Record<string, object> {
  const { otherAnswers = {} } = route
  const codes = [...new Set(errorsOf(route))]
  const statuses = [...codes.map((code) => STATUS_OF[code]), ...Object.keys(otherAnswers)]
  const answerOf = (status: number): object => {
    const names = codes.filter((code) => STATUS_OF[code] === status)
    const other = otherAnswers[status]
    const schema = other ? jsonSchema(other, 'output') : { $ref: '#/components/schemas/Error' }
    // Without an error code it is the regular 503 of /readyz.
    return { description: names.join(', ') || 'Unavailable', content: json(schema) }
  }
  return Object.fromEntries(statuses.map((status) => [String(status), answerOf(Number(status))]))
}

function goodAnswer(route: Route): Record<string, object> {
  if (route.answer !== undefined) {
    return { '200': { description: 'OK', content: json(jsonSchema(route.answer, 'output')) } }
  }
  if (route.answerType !== undefined) {
    return { '200': { description: 'OK', content: { [route.answerType]: {} } } }
  }
  if (route.redirects === true) return { '302': { description: 'Found' } }
  return { '204': { description: 'Done' } }
}

const form = (field: string) => ({
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: [field],
      properties: { [field]: { type: 'string', format: 'binary' } },
      additionalProperties: false,
    },
  },
})

function namedParameters(place: 'query' | 'header', named: z.ZodType | undefined): object[] {
  if (named === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(named, 'input')
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
  }))
}

function parameters(route: Route): object[] {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
  const inPath = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  return [
    ...inPath,
    ...namedParameters('query', route.query),
    ...namedParameters('header', route.headers),
  ]
}

function operation(route: Route): object {
  const all = parameters(route)
  const file = route.upload === undefined ? null : form(route.upload)
  const content = route.body === undefined ? file : json(jsonSchema(route.body, 'input'))
  return {
    summary: route.summary,
    ...(route.auth && { security: [{ token: [] }] }),
    ...(all.length > 0 && { parameters: all }),
    ...(content !== null && { requestBody: { required: true, content } }),
    responses: { ...goodAnswer(route), ...badAnswers(route) },
  }
}

export function createOpenapi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'WeChat mini-program login', version: '1' },
    paths,
    components: {
      schemas: { Error: jsonSchema(errorBody, 'output') },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}
