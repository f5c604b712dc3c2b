/**
 * The one owner of the login: token cache, single flight and eras. Every waiter of a login settles with
 * its outcome. A logout begins a new era, and nothing of an older one is ever kept.
 * `wx.checkSession` renews the session_key on the server; it says nothing about our token.
 */
import type { User } from '../../typings/api'
import type { SessionAnswer } from './answers'
import { expect, isUser } from './answers'
import type { Core, Held } from './core'
import type { AuthError } from './errors'
import { createAuthError, signedOut } from './errors'
import { arrive } from './order'
import type { Scope } from './scope'
import { createScope, nothing } from './scope'
import { signIn } from './sign-in'
import { start } from './wx'

/** Storage is read at the first use, so that nothing runs while the module loads. */
function open(core: Core): Held | 'left' | null {
  if (core.kept === undefined) {
    const stored = core.store.read()
    core.kept = stored && stored !== 'left' ? createHeld(stored, true) : stored
  }
  return core.kept
}

function createHeld(answer: SessionAnswer, cached: boolean): Held {
  const expiresAtMs = Date.parse(answer.expiresAt)
  // A token that is new and yet over means a wrong clock: then only the server can tell.
  const holdsUntilMs = cached || expiresAtMs > Date.now() ? expiresAtMs : Infinity
  return { ...answer, holdsUntilMs, cached }
}

/** The present session, also one that no longer holds; null when signed out. */
export function findHeld(core: Core): Held | null {
  const kept = open(core)
  return kept === 'left' ? null : kept
}

export function findHolding(core: Core): Held | null {
  const held = findHeld(core)
  return held && held.holdsUntilMs > Date.now() ? held : null
}

function keep(core: Core, held: Held): void {
  core.kept = held
  core.store.write(held)
}

/** Throws `signed-out` after the user's logout, also when a login has followed it. */
export function assertEra(core: Core, era: number): void {
  if (open(core) === 'left' || era !== core.era) throw signedOut()
}

/** What a request goes out with at this very moment; null when there is nothing that holds. */
export function findToken(core: Core, era: number): string | null {
  assertEra(core, era)
  return findHolding(core)?.token ?? null
}

/** Resolves once there is a session that holds, after a silent login where needed. */
export async function ready(core: Core, era: number): Promise<User> {
  assertEra(core, era)
  const held = findHolding(core)
  if (!held) return renew(core, era)
  checkKeyLater(core, held)
  return held.user
}

/** A new login, or the one under way; ends the user's earlier logout. */
export function login(core: Core): Promise<User> {
  if (open(core) === 'left') {
    core.kept = null
    core.store.write(null)
  }
  return renew(core, core.era)
}

/** After a 401 to `token`: a late one, to an older token than the present, changes nothing. */
export function discard(core: Core, token: string): void {
  const held = findHeld(core)
  if (held?.token === token) {
    held.holdsUntilMs = 0
    core.store.write(null)
  }
}

/** The user that the server answers becomes the present one, unless a logout or another user came between. */
export async function keepUser(
  core: Core,
  askServer: (era: number) => Promise<unknown>,
): Promise<User> {
  const { era } = core
  const user = expect(isUser, await askServer(era))
  const held = findHolding(core)
  if (held?.user.id === user.id && era === core.era) {
    held.user = user
    keep(core, held)
    core.changed()
  }
  return user
}

/** Forgets everything at once and remembers that; returns the token that the server may revoke. */
export function leave(core: Core): string | null {
  const held = findHeld(core)
  core.era += 1
  core.kept = 'left'
  core.flight = null
  core.store.write('left')
  core.login?.end(signedOut())
  core.changed()
  return held?.token ?? null
}

/** The data was not opened, and only a fresh login and another tap help. */
const stale = 'SESSION_KEY_STALE'

/**
 * Sends encrypted data that was made just now: call it in the same turn. No `wx.login` runs until the
 * server has opened it, and it is never sent twice. Where the key may have changed meanwhile it logs in
 * and rejects with `SESSION_KEY_STALE`, which asks for another tap; also when `post` resolves null, unsent.
 */
export async function seal(
  core: Core,
  era: number,
  post: () => Promise<unknown>,
): Promise<unknown> {
  const { order } = core
  assertEra(core, era)
  let cause: unknown
  if (!order.codes && (order.exchange ?? findHolding(core))) {
    order.sealed += 1
    try {
      const answer = (await order.exchange) ? null : await post()
      if (answer !== null) return answer
    } catch (error) {
      const { status, code } = error as AuthError
      if (status !== 401 && code !== stale) throw error
      cause = error
    } finally {
      arrive(order)
    }
  }
  assertEra(core, era)
  await renew(core, era)
  throw createAuthError('api', stale, { code: stale, cause })
}

/** Joins the login under way or begins one; `signed-out` when a logout came between. */
async function renew(core: Core, era: number): Promise<User> {
  await fly(core)
  assertEra(core, era)
  const held = findHeld(core)
  if (!held) throw signedOut()
  return held.user
}

function fly(core: Core): Promise<void> {
  if (core.flight) return core.flight
  const { era } = core
  const scope = createScope()
  core.login = scope
  // A turn later: one that began at once could ask for itself before `flight` is set.
  const flight = Promise.resolve().then(() => attempt(core, scope, era))
  core.flight = flight
  core.changed()
  return flight
}

async function attempt(core: Core, scope: Scope, era: number): Promise<void> {
  const { pace } = core
  const failure = await signIn(core, scope, (answer) =>
    keep(core, createHeld(answer, false)),
  ).catch((error: unknown) => error as AuthError)
  if (era === core.era) {
    pace.failures = failure ? pace.failures + 1 : 0
    pace.failedAtMs = Date.now()
    core.flight = null
    core.changed()
  }
  if (failure) throw failure
}

/** Once a launch, after the caller has gone on: the server should hold the key before data is sealed. */
function checkKeyLater(core: Core, held: Held): void {
  if (!held.cached) return
  held.cached = false
  setTimeout(() => {
    start('checkSession')(nothing, (failure) => {
      // 100: this client has no such API, and no news is good news.
      const { errno } = (failure ?? {}) as { errno?: number }
      if (errno !== 100 && core.kept === held) fly(core).catch(nothing)
    })
  })
}
