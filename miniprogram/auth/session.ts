/**
 * The one owner of the login: token cache, single flight and eras. Every waiter of a login settles with
 * its outcome. A logout begins a new era, and nothing of an older one is ever kept.
 * `wx.checkSession` renews the session_key on the server; it says nothing about our token.
 */
import type { User } from '../../typings/api'
import type { SessionAnswer } from './answers'
import type { Core, Held } from './core'
import { createAuthError, isAuthError } from './errors'
import type { Scope } from './scope'
import { createScope, nothing } from './scope'
import { signIn } from './sign-in'
import { start } from './wx'

/** Storage is read at the first use, so that nothing runs while the module loads. */
function open(core: Core): Held | 'left' | null {
  if (core.kept === undefined) {
    const stored = core.store.read()
    const holds = stored && stored !== 'left' && Date.parse(stored.expiresAt) > Date.now()
    core.kept = holds ? createHeld(stored, true) : stored === 'left' ? stored : null
  }
  return core.kept
}

function createHeld({ token, expiresAt, user }: SessionAnswer, cached: boolean): Held {
  const expiresAtMs = Date.parse(expiresAt)
  // A token that is new and yet over means a wrong clock: then only the server can tell.
  const holdsUntilMs = expiresAtMs > Date.now() ? expiresAtMs : Infinity
  return { token, expiresAt, user, holdsUntilMs, cached }
}

/** The present session, also one that no longer holds; null when signed out. */
export function findHeld(core: Core): Held | null {
  const kept = open(core)
  return kept === 'left' ? null : kept
}

function findHolding(core: Core): Held | null {
  const held = findHeld(core)
  return held && !held.refused && held.holdsUntilMs > Date.now() ? held : null
}

function keep(core: Core, held: Held): void {
  const { token, expiresAt, user } = held
  core.kept = held
  core.store.write({ token, expiresAt, user })
}

/** Throws `signed-out` after the user's logout, also when a login has followed it. */
export function assertEra(core: Core, era: number): void {
  if (open(core) === 'left' || era !== core.era)
    throw createAuthError('signed-out', 'The user has logged out')
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
export async function replace(core: Core, era: number, token: string): Promise<void> {
  assertEra(core, era)
  const held = findHeld(core)
  if (held?.token === token) held.refused = true
  if (!findHolding(core)) await renew(core, era)
}

/** A user from the server's answer replaces the present one, unless it belongs to another era. */
export function keepUser(core: Core, era: number, user: User): void {
  const held = findHeld(core)
  if (!held || era !== core.era) return
  keep(core, { ...held, user })
  core.changed()
}

/** Forgets everything at once and remembers that; returns the token that the server may revoke. */
export function leave(core: Core): string | null {
  const held = findHolding(core)
  const { login: under } = core
  core.era += 1
  core.kept = 'left'
  core.login = null
  core.flight.current = null
  core.store.write('left')
  under?.end(createAuthError('signed-out', 'The user has logged out'))
  core.changed()
  return held?.token ?? null
}

/**
 * Sends encrypted data that was made just now: call it in the same turn. No `wx.login` runs until the
 * server has opened it, and it is never sent twice. Where the key may have changed meanwhile it logs in
 * and rejects with `SESSION_KEY_STALE`, which asks for another tap.
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
      if ((await order.exchange) ?? true) return await post()
    } catch (error) {
      if (!isStale(error)) throw error
      cause = error
    } finally {
      order.arrived()
    }
  }
  assertEra(core, era)
  const held = findHeld(core)
  if (held && isAuthError(cause) && cause.status === 401) held.refused = true
  await renew(core, era)
  throw createAuthError('api', 'The session_key has changed: ask for another tap', {
    code: 'SESSION_KEY_STALE',
    status: 409,
    cause,
  })
}

/** The data was not opened, and a login is what helps. */
function isStale(error: unknown): boolean {
  return isAuthError(error) && (error.status === 401 || error.code === 'SESSION_KEY_STALE')
}

/** Runs `task` with no login under way and none begun before it is done. */
export async function withoutLogin(core: Core, task: () => Promise<void>): Promise<void> {
  while (core.flight.current) await core.flight.current.catch(nothing)
  core.order.sealed += 1
  try {
    await task()
  } finally {
    core.order.arrived()
  }
}

/** Joins the login under way or begins one; `signed-out` when a logout came between. */
async function renew(core: Core, era: number): Promise<User> {
  await fly(core)
  assertEra(core, era)
  const held = findHeld(core)
  if (!held) throw createAuthError('signed-out', 'The user has logged out')
  return held.user
}

function fly(core: Core): Promise<void> {
  const { flight } = core
  if (flight.current) return flight.current
  const scope = createScope()
  core.login = scope
  const landing = flight.run(() => attempt(core, scope))
  core.changed()
  return landing
}

async function attempt(core: Core, scope: Scope): Promise<void> {
  try {
    await signIn(core, scope, (answer) => keep(core, createHeld(answer, false)))
    core.pace.succeeded()
  } catch (error) {
    if (core.login === scope) fail(core)
    throw error
  } finally {
    if (core.login === scope) {
      core.login = null
      core.flight.current = null
      core.changed()
    }
  }
}

function fail(core: Core): void {
  core.pace.failed()
  if (!findHeld(core)?.refused) return
  core.kept = null
  core.store.write(null)
}

/** Once a launch, after the caller has gone on: the server should hold the key before data is sealed. */
function checkKeyLater(core: Core, held: Held): void {
  if (core.keyChecked || !held.cached) return
  core.keyChecked = true
  setTimeout(() => {
    start('checkSession')(nothing, () => {
      if (findHeld(core)?.token === held.token) fly(core).catch(nothing)
    })
  }, 0)
}
