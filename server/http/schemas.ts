/**
 * Pieces of the contract that several rooms use. Bodies are validated by schemas and openapi.json is
 * made from them, so the two can't differ; `satisfies` holds them against typings/api.d.ts.
 */
import * as z from 'zod'
import type { ErrorBody } from '../../typings/api'
import { STATUS_OF } from '../errors'

/** WeChat's codes are 32 to 64 of these; the literal code of DevTools' guest mode has blanks. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 _ -')

/** Names one of the configured apps. */
export const appid = z.string().min(1).max(64)

/** The form of our ids; what does not have it is not looked up: PostgreSQL fails on a NUL. */
export const OUR_ID = /^[0-9a-f-]{36}$/

/** Only an escape of JSON can spell a lone surrogate, and no database takes it. */
export const wellFormedText = z
  .string()
  .refine((text) => text.isWellFormed(), 'must not hold lone surrogates')

/**
 * True when no text holds a lone surrogate and the value has at most `maxDepth` levels. We limit the
 * levels because code that walks thousands of them runs out of stack.
 * @param value from JSON.
 */
export function isWellFormedJson(value: unknown, maxDepth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (maxDepth === 0) return false
  return Object.entries(value).every(
    ([key, inner]) => key.isWellFormed() && isWellFormedJson(inner, maxDepth - 1),
  )
}

export const instant = z.iso.datetime()

const errorCodes = Object.keys(STATUS_OF) as (keyof typeof STATUS_OF)[]

export const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string(),
    requestId: z.string(),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).exactOptional(),
  }),
}) satisfies z.ZodType<ErrorBody>
