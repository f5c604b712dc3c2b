/**
 * People who log in, rename themselves and leave, and a ledger of acknowledged changes.
 *
 * Acknowledged changes must survive whatever happens to the server; a request without an answer, or
 * answered 503, may or may not have taken effect.
 */
import type { ErrorBody, LoginAnswer, User } from '../../../typings/api'
import { ask } from './site'
import type { Reply, Site } from './site'
import type { Random } from './sizes'

interface Person {
  name: string
  /** The last acknowledged name, and the names requested since. */
  nicknames: (string | null)[]
}

export interface Session {
  person: Person
  token: string
  /** `unsure`: its end was requested but not answered. */
  state: 'live' | 'unsure' | 'ended'
}

export interface Ledger {
  sessions: Session[]
  /** Acknowledged operations. */
  acknowledged: number
  /** Refused with 503, which promises that nothing was changed. */
  refused: number
  /** Unexpected answers. */
  sins: string[]
}

export const createLedger = (): Ledger => ({ sessions: [], acknowledged: 0, refused: 0, sins: [] })

/** True when the server succeeded. */
function isDone(ledger: Ledger, what: string, { status, body }: Reply): boolean {
  if (status === 200 || status === 204) {
    ledger.acknowledged += 1
    return true
  }
  if (status === 503) ledger.refused += 1
  else ledger.sins.push(`${what}: ${status} ${JSON.stringify(body)}`)
  return false
}

interface Scene {
  site: Site
  url: string
  ledger: Ledger
  random: Random
}

async function logIn({ site, url, ledger }: Scene, person: Person): Promise<Session | null> {
  const code = await site.newCode(person.name)
  const reply = await ask<LoginAnswer>(`${url}/v1/login`, { method: 'POST', body: { code } })
  if (!isDone(ledger, 'login', reply)) return null
  const session: Session = { person, token: reply.body.token, state: 'live' }
  ledger.sessions.push(session)
  return session
}

async function rename({ url, ledger, random }: Scene, { person, token }: Session): Promise<void> {
  const nickname = `名${random.below(1e9)}`
  person.nicknames.push(nickname)
  const reply = await ask(`${url}/v1/me`, { method: 'PUT', body: { nickname }, token })
  if (isDone(ledger, 'rename', reply)) person.nicknames = [nickname]
}

async function end(
  { url, ledger }: Scene,
  ending: readonly Session[],
  route: { method: string; path: string },
): Promise<void> {
  const token = ending[0]?.token
  if (token === undefined) return
  for (const session of ending) session.state = 'unsure'
  const reply = await ask(`${url}${route.path}`, { method: route.method, token })
  if (!isDone(ledger, route.path, reply)) return
  for (const session of ending) session.state = 'ended'
}

/** One visit: one or two devices, a few renames, and possibly a log-out or deletion. */
async function visit(scene: Scene, person: Person): Promise<void> {
  const devices: Session[] = []
  for (let count = 1 + scene.random.below(2); count > 0; count -= 1) {
    const session = await logIn(scene, person)
    if (session !== null) devices.push(session)
  }
  const [first] = devices
  if (first === undefined) return
  for (let count = scene.random.below(3); count > 0; count -= 1) await rename(scene, first)
  switch (scene.random.pick(['stay', 'stay', 'logout', 'logout', 'logout-all', 'delete'])) {
    case 'logout':
      return end(scene, [first], { method: 'POST', path: '/v1/logout' })
    case 'logout-all':
      return end(scene, devices, { method: 'POST', path: '/v1/logout-all' })
    case 'delete':
      return end(scene, devices, { method: 'DELETE', path: '/v1/me' })
  }
}

let visits = 0

async function visitUntil(scene: Scene, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    visits += 1
    const person: Person = { name: `visitor-${visits}`, nicknames: [null] }
    // If the server goes away, it ends this visit and possibly the whole run.
    const isBroken = await visit(scene, person).then(
      () => false,
      () => true,
    )
    if (isBroken) return
  }
}

export interface Work {
  /** Lets visits in progress finish, and starts no others. */
  stop(): Promise<void>
}

/** Starts `people` visitors at once; each one that leaves is replaced. */
export function startWork(scene: Scene, people: number): Work {
  const life = { isOver: false }
  const visitors = Array.from({ length: people }, () => visitUntil(scene, () => life.isOver))
  return {
    async stop() {
      life.isOver = true
      await Promise.all(visitors)
    },
  }
}

/** The expected answer for an ended session depends on what ended it. */
const ENDED_CODES: readonly string[] = ['SESSION_REVOKED', 'SESSION_ENDED', 'ACCOUNT_DELETED']

async function judge(url: string, session: Session): Promise<string | null> {
  const { token, person, state } = session
  const { status, body } = await ask<User & ErrorBody>(`${url}/v1/me`, { token })
  if (status === 200) {
    if (state === 'ended') return `${person.name}: an ended session lives again`
    session.state = 'live'
    if (person.nicknames.includes(body.nickname)) return null
    return `${person.name}: is called ${String(body.nickname)}, not ${person.nicknames.join(' or ')}`
  }
  if (status !== 401) return `${person.name}: ${status}`
  if (!ENDED_CODES.includes(body.error.code)) return `${person.name}: ${body.error.code}`
  if (state === 'live') return `${person.name}: an acknowledged login is lost`
  session.state = 'ended'
  return null
}

const ASKED_AT_ONCE = 16

/** Asks the server about every session; returns the differences from the acknowledged state. */
export async function audit(url: string, { sessions, sins }: Ledger): Promise<string[]> {
  const losses = [...sins]
  const left = [...sessions]
  const clerk = async (): Promise<void> => {
    for (let session = left.pop(); session !== undefined; session = left.pop()) {
      const loss = await judge(url, session)
      if (loss !== null) losses.push(loss)
    }
  }
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, clerk))
  return losses
}
