/** People who log in, read, rename themselves and leave, whatever else happens. */
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import type { Ledger, Session } from './workload'
import type { Random } from './sizes'

const CONNECTIONS = 64
const READS = 8

interface Durations {
  login: number[]
  read: number[]
  write: number[]
}

export interface Crowd {
  /** Visits that began, and requests that were answered. */
  counts: { visits: number; requests: number }
  durationsMs: Durations
  /** One complete visit. */
  visit(): Promise<void>
  close(): Promise<void>
}

interface CrowdOptions {
  url: string
  ledger: Ledger
  random: Random
}

interface Said {
  status: number
  body: unknown
}

async function read({ statusCode, body }: Dispatcher.ResponseData): Promise<Said> {
  const text = await body.text()
  return { status: statusCode, body: text === '' ? null : (JSON.parse(text) as unknown) }
}

function createAsk({ url, ledger }: CrowdOptions, durationsMs: Durations, crowd: Crowd['counts']) {
  const pool = new Pool(url, { connections: CONNECTIONS })

  /** @returns undefined when the server refused; only 503 is acceptable. */
  async function ask<T>(
    kind: keyof Durations,
    [method, path]: [Dispatcher.HttpMethod, string],
    { token, body }: { token?: string; body?: object } = {},
  ): Promise<T | undefined> {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const startedAt = performance.now()
    const text = body === undefined ? null : JSON.stringify(body)
    const reply = await pool
      .request({ method, path, headers, body: text })
      .then(read, (error: unknown): Said => ({ status: 0, body: String(error) }))
    crowd.requests += 1
    durationsMs[kind].push(performance.now() - startedAt)
    const isGood = reply.status === 200 || reply.status === 204
    if (isGood) ledger.acknowledged += 1
    else if (reply.status === 503) ledger.refused += 1
    else ledger.sins.push(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
    return isGood ? (reply.body as T) : undefined
  }

  return { ask, close: () => pool.close() }
}

export function createCrowd(options: CrowdOptions): Crowd {
  const { ledger, random } = options
  const durationsMs: Durations = { login: [], read: [], write: [] }
  const counts = { visits: 0, requests: 0 }
  const { ask, close } = createAsk(options, durationsMs, counts)

  async function leave(session: Session): Promise<void> {
    const { token } = session
    const way = random.pick(['stay', 'stay', 'stay', 'logout', 'delete'] as const)
    if (way === 'stay') return
    const route = way === 'logout' ? ['POST', '/v1/logout'] : ['DELETE', '/v1/me']
    session.state = 'unsure'
    const done = await ask('write', route as [Dispatcher.HttpMethod, string], { token })
    session.state = done === undefined ? 'unsure' : 'ended'
  }

  async function visit(): Promise<void> {
    counts.visits += 1
    const name = `visitor${counts.visits}`
    const body = { code: `good-${name}-1` }
    const login = await ask<{ token: string }>('login', ['POST', '/v1/login'], { body })
    if (login === undefined) return
    const { token } = login
    const person = { name, nicknames: [null] as (string | null)[] }
    const session: Session = { person, token, state: 'live' }
    for (let left = READS; left > 0; left -= 1) await ask('read', ['GET', '/v1/me'], { token })
    if (random.below(4) === 0) {
      const nickname = `名${counts.visits}`
      const renamed = await ask('write', ['PUT', '/v1/me'], { token, body: { nickname } })
      if (renamed !== undefined) person.nicknames = [nickname]
    }
    await leave(session)
    ledger.sessions.push(session)
  }

  return { counts, durationsMs, visit, close }
}

/** Each visitor pauses as long as the visit took, which gives half load on any machine. */
export async function visitAtHalfLoad(
  crowd: Crowd,
  visitors: number,
  forMs: number,
): Promise<void> {
  const endsAt = performance.now() + forMs
  const visitAndRest = async () => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now()
      await crowd.visit()
      await delay(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: visitors }, visitAndRest))
}

/** @param share 0.99 for the time within which 99 of 100 were answered. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
