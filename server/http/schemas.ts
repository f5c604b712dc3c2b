/**
 * Parts of the contract that several features use. Schemas validate the bodies, and openapi.json is
 * generated from them, so the two can't differ; `satisfies` checks them against typings/api.d.ts.
 */
import * as z from 'zod'

/** WeChat's codes have 32 to 64 of these characters; DevTools' guest mode sends a text with blanks, which is refused. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 _ -')

/** Names one of the configured apps. */
export const appid = z.string().min(1).max(64)

/** The format of our ids. We look up nothing else, because PostgreSQL fails on a NUL. */
export const OUR_ID = /^[0-9a-f-]{36}$/

/** JSON escapes can produce a lone surrogate, which no database stores. */
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

export const iso = (ms: number): string => new Date(ms).toISOString()
