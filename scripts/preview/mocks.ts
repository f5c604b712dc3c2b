/**
 * `--mock FILE`: answers for requests of the mini-program by host and path, so that it runs without
 * its server. The file is JSON:
 *
 * `{ "api.example.com": { "/goods/*": { "body": { "data": [] } }, "POST /pay": { "status": 500,
 * "delay": 800 } } }`
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { codeOf, UserError } from '../lib/user-error'

const MAX_DELAY_MS = 60_000

const answerSchema = z.strictObject({
  /** HTTP status; 200 by default. */
  status: z.int().min(100).max(599).default(200),
  /** Delay of the answer in milliseconds; 0 by default. */
  delay: z.int().min(0).max(MAX_DELAY_MS).default(0),
  header: z.record(z.string(), z.string()).default({}),
  /** Text as it is, anything else as JSON; empty by default. */
  body: z.unknown().optional(),
})

/** As a URL has it: blanks and Chinese percent-encoded. */
function encodePath(key: string): string {
  const start = key.indexOf('/')
  return key.slice(0, start) + new URL(`http://host${key.slice(start)}`).pathname
}

const host = z
  .string()
  .regex(/^(\*|[\w.-]+(:\d+)?)$/, 'must be a host such as api.example.com, or *')
  .transform((name) => name.toLowerCase())
const path = z
  .string()
  .regex(
    /^([A-Z]+ )?\/[^?#]*$/,
    'must be a path such as /goods, /goods/* or POST /goods, without a query',
  )
  .transform(encodePath)

const fileSchema = z.record(host, z.record(path, answerSchema))

/** One answer of the file. */
export type MockAnswer = z.infer<typeof answerSchema>

/**
 * Answers by host (`*` for any), then by path (`/a/*` for everything below, `POST /a` for one
 * method).
 */
export type Mocks = z.infer<typeof fileSchema>

function explain(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const place = issue.path.map((key) => JSON.stringify(key)).join(' → ')
      const cause = issue.code === 'invalid_key' ? issue.issues[0] : issue
      return `${place}: ${cause?.message ?? issue.message}`
    })
    .join('\n  ')
}

/** Reads the file. Throws UserError that explains the error in it. */
export function readMocks(file: string): Mocks {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(`--mock ${file} can't be read (${codeOf(error)}).`, { cause: error })
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`--mock ${file} is not JSON: ${reason}.`, { cause: error })
  }
  const parsed = fileSchema.safeParse(content)
  if (parsed.success) return parsed.data
  throw new UserError(
    `--mock ${file} must be {"host": {"/path": {"status", "delay", "header", "body"}}}:\n  ${explain(parsed.error)}`,
  )
}

/**
 * How specific a matching key is; 0 when it does not match. Exact before `*`, with method before
 * without.
 */
function fit(key: string, method: string, pathname: string): number {
  const [, only, pattern = ''] = /^(?:([A-Z]+) )?(.*)$/.exec(key) ?? []
  if (only !== undefined && only !== method) return 0
  const isOpen = pattern.endsWith('*')
  const start = pattern.replace(/\*$/, '')
  if (isOpen ? !pathname.startsWith(start) : pathname !== pattern) return 0
  return 4 * start.length + (isOpen ? 0 : 2) + (only === undefined ? 0 : 1)
}

/** The answer for a request; null when the file has none. */
export function findMock(mocks: Mocks, method: string, target: URL): MockAnswer | null {
  for (const name of [target.host, target.hostname, '*']) {
    const best = Object.entries(mocks[name] ?? {})
      .map(([key, answer]) => ({ answer, fit: fit(key, method, target.pathname) }))
      .sort((a, b) => b.fit - a.fit)[0]
    if (best !== undefined && best.fit > 0) return best.answer
  }
  return null
}
