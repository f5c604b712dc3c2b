/**
 * People who log in, change their names and log out, and a ledger of what was acknowledged. Whatever
 * breaks, that must be so afterwards on every node; what was asked for without an answer, or was answered
 * with 503, may have happened or not.
 */
import { ask, logIn, readMe } from './ask'
import type { Reply } from './ask'
import { APPS } from './wechat'

interface Session {
  person: string
  token: string
  /** The names that it may have. */
  nicknames: (string | null)[]
  /** `unsure`: its end was asked for, and no clear answer came. */
  state: 'live' | 'unsure' | 'ended'
}

export interface Ledger {
  sessions: Session[]
  acknowledged: number
  /** The codes of what was answered with 503; `none` for no answer. */
  refusals: string[]
  /** Answers that nobody should have got. */
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
  /** Lets the visits under way come to their end. */
  stop(): Promise<void>
}

/** `people` at once at each of the BFFs; each that goes is followed by another one. */
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

/** Asks a BFF about every session. @returns what is not as it was acknowledged. */
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
