/**
 * Keeps a world in a JSON file. Any other file is refused and not changed. A write replaces the whole
 * file, so a crash leaves the old one.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { SavedWorld } from './world/world'

const ms = z.number()
const accountSchema = z.strictObject({
  user: z.string(),
  appid: z.string(),
  openid: z.string(),
  unionid: z.string(),
  sessionKey: z.strictObject({ text: z.string(), issuedAtMs: ms, expiresAtMs: ms }).nullable(),
  lastActiveAtMs: ms.nullable(),
})
const stateSchema = z.strictObject({
  version: z.literal(1),
  aheadSeconds: z.number(),
  persons: z.array(
    z.strictObject({
      user: z.string(),
      phone: z.string(),
      accounts: z.record(z.string(), accountSchema),
    }),
  ),
  codes: z.array(
    z.strictObject({
      code: z.string(),
      kind: z.enum(['login', 'phone', 'oauth', 'any']),
      appid: z.string(),
      user: z.string(),
      expiresAtMs: ms,
      scope: z.string().exactOptional(),
      snapshot: z.literal(true).exactOptional(),
      phone: z.string().exactOptional(),
      spent: z.boolean(),
    }),
  ),
  accessTokens: z.array(
    z.strictObject({
      token: z.string(),
      appid: z.string(),
      family: z.enum(['classic', 'stable']),
      expiresAtMs: ms,
      supersededAtMs: ms.nullable(),
    }),
  ),
  grants: z.array(
    z.strictObject({
      appid: z.string(),
      openid: z.string(),
      scope: z.string(),
      refreshToken: z.string(),
      refreshExpiresAtMs: ms,
      accessToken: z.string(),
      accessExpiresAtMs: ms,
    }),
  ),
  tickets: z
    .array(z.strictObject({ ticket: z.string(), appid: z.string(), expiresAtMs: ms }))
    .default([]),
})

/** The saved world, or undefined when the file does not exist. Throws when it is no state file. */
export function loadState(file: string): SavedWorld | undefined {
  if (!existsSync(file)) return undefined
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new Error(
      `${file} is not a state file of the sandbox. It was left as it is: name another, or move it away.`,
    )
  }
}

export function saveState(file: string, world: SavedWorld): void {
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}.new`
  writeFileSync(fresh, JSON.stringify({ version: 1, ...world }), { mode: 0o600 })
  renameSync(fresh, file)
}
