/**
 * People who log in, rename themselves and log out, and a ledger of acknowledged changes. After any
 * failure, every node must show the acknowledged state; a request without an answer, or answered
 * 503, may or may not have taken effect.
 */
import { ask, logIn, readMe } from './ask'
import type { Reply } from './ask'
import { APPS } from './wechat'

interface Session {
  person: string
  token: string
  /** The possible names. */
  nicknames: (string | null)[]
  /** `unsure`: its end was requested, but not clearly answered. */
  state: 'live' | 'unsure' | 'ended'
}

export interface Ledger {
  sessions: Session[]
  acknowledged: number
  /** The error codes of 503 answers; `none` for no answer. */
  refusals: string[]
  /** Unexpected answers. */
  sins: string[]
}

export const createLedger = (): Ledger => ({
  sessions: [],
  acknowledged: 0,
  refusals: [],
  sins: [],
})

async function isDone(ledger: Ledger, what: string, asking: Promise<Reply>): Promise<Reply | null> {
  const reply = await asking.catch(() => null)
  if (reply === null || reply.status === 503) {
    ledger.refusals.push(reply?.body.error?.code ?? 'none')
  } else if (reply.status < 300) {
    ledger.acknowledged += 1
    return reply
  } else ledger.sins.push(`${what}: ${reply.status} ${JSON.stringify(reply.body)}`)
  return null
}

async function visit(url: string, ledger: Ledger, person: string, turn: number): Promise<void> {
  const login = await isDone(ledger, 'login', logIn(url, APPS[turn % 2] ?? APPS[0], person))
  if (login?.body.token === undefined) return
  const session: Session = { person, token: login.body.token, nicknames: [null], state: 'live' }
  ledger.sessions.push(session)
  const { token } = session
  const nickname = `名${turn}`
  session.nicknames.push(nickname)
  const naming = ask(`${url}/v1/me`, { method: 'PUT', body: { nickname }, token })
  if ((await isDone(ledger, 'rename', naming)) !== null) session.nicknames = [nickname]
  if (turn % 3 !== 0) return
  session.state = 'unsure'
  const leaving = ask(`${url}/v1/logout`, { method: 'POST', token })
  if ((await isDone(ledger, 'logout', leaving)) !== null) session.state = 'ended'
}

let visitors = 0

export interface Storm {
  /** Lets visits in progress finish. */
  stop(): Promise<void>
}

/** `people` at once at each BFF; each one that leaves is replaced. */
export function startStorm(urls: readonly string[], people: number, ledger: Ledger): Storm {
  const life = { isOver: false }
  const come = async (url: string): Promise<void> => {
    while (!life.isOver) {
      visitors += 1
      await visit(url, ledger, `storm-${visitors}`, visitors)
    }
  }
  const crowd = urls.flatMap((url) => Array.from({ length: people }, () => come(url)))
  return {
    async stop() {
      life.isOver = true
      await Promise.all(crowd)
    },
  }
}

async function judge(url: string, session: Session): Promise<string | null> {
  const { person, state, token, nicknames } = session
  const { status, body } = await readMe(url, token)
  if (status === 200) {
    if (state === 'ended') return `${person}: an ended session lives again`
    if (!nicknames.includes(body.nickname ?? null)) return `${person}: is ${String(body.nickname)}`
    session.state = 'live'
    return null
  }
  if (status !== 401) return `${person}: ${status} ${JSON.stringify(body)}`
  if (state === 'live') return `${person}: an acknowledged login is lost`
  session.state = 'ended'
  return null
}

const ASKED_AT_ONCE = 8

/** Asks a BFF about every session. @returns the differences from the acknowledged state. */
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
