/** What is counted and what is timed. Counts are exact; times are CPU, medians of rounds run in turn. */
import { compile } from './bundle'
import type { World } from './fake'
import type { Candidate } from './subjects'

const BURST = 50

export interface Burst {
  /** Requests that were answered, of 50. */
  answered: number
  logins: number
  /** Everything that was sent, logins and replays included. */
  sent: number
}

export interface Start {
  /** Calls of wx while the code is loaded, and up to a session: from a cached one, from nothing. */
  callsToLoad: number
  requestsCached: number
  requestsFirst: number
  loginsFirst: number
}

/** 50 requests at once that meet a token which the server has revoked. */
export async function countBurst(candidate: Candidate, world: World): Promise<Burst> {
  const client = candidate.start(world)
  await client.ready()
  world.server.tokens.clear()
  const [logins, sent] = [world.wx.loginsAtMs.length, world.wx.requests.length]
  const all = Array.from({ length: BURST }, (_, index) => client.request(`/v1/orders/${index}`))
  const outcomes = await Promise.allSettled(all)
  return {
    answered: outcomes.filter(({ status }) => status === 'fulfilled').length,
    logins: world.wx.loginsAtMs.length - logins,
    sent: world.wx.requests.length - sent,
  }
}

/** Counts every call of a member of wx. */
function countCalls({ wx }: World): () => number {
  let calls = 0
  for (const [name, member] of Object.entries(wx.api)) {
    wx.api[name] = (...parameters) => {
      calls += 1
      return member(...parameters)
    }
  }
  return () => calls
}

/** Two starts of a mini-program: the first ever, and one that finds what it left in storage. */
export async function countStart(candidate: Candidate, createWorld: () => World): Promise<Start> {
  const first = createWorld()
  const calls = countCalls(first)
  const client = candidate.start(first)
  const callsToLoad = calls()
  await client.ready()
  const { length: requestsFirst } = first.wx.requests
  const { length: loginsFirst } = first.wx.loginsAtMs
  const again = createWorld()
  for (const [key, value] of first.wx.storage) again.wx.storage.set(key, value)
  await candidate.start(again).ready()
  return { callsToLoad, requestsFirst, loginsFirst, requestsCached: again.wx.requests.length }
}

/** CPU of this process in microseconds; the system's share belongs to timers. */
function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** CPU of one request after the other, per request. */
export async function timeRequests(
  candidate: Candidate,
  world: World,
  count: number,
): Promise<number> {
  const client = candidate.start(world)
  await client.ready()
  const startedAt = cpuMicroseconds()
  for (let index = 0; index < count; index += 1) await client.request('/v1/me')
  return (cpuMicroseconds() - startedAt) / count
}

/** CPU to compile and run the code once, as the start of a mini-program does. */
export function timeLoad(candidate: Candidate, world: World, round: number): number {
  // Another text each time: V8 keeps what it has compiled.
  const code = `${candidate.bundle.code}\n// ${round}`
  const startedAt = cpuMicroseconds()
  compile(code)(world.wx.api)
  return cpuMicroseconds() - startedAt
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}
