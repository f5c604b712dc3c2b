/** The outcome that a card shows: a tone and a few labelled lines. Turns errors into outcomes. */

import type { Auth } from '../../auth/index'
import { developerHint, isAuthError } from '../../auth/index'
import { messageFor } from '../../services/failure'
import { labTexts } from './texts'

const o = labTexts.outcome

export interface Line {
  label: string
  value: string
}

export interface Outcome {
  tone: 'good' | 'neutral' | 'bad'
  lines: Line[]
  /** A local or remote picture; none when empty. */
  picture: string
}

export function outcomeOf(
  lines: [label: string, value: string | number | null | undefined][],
  tone: Outcome['tone'] = 'good',
  picture = '',
): Outcome {
  const present = lines.flatMap(([label, value]) =>
    value === null || value === undefined || value === '' ? [] : [{ label, value: String(value) }],
  )
  return { tone, lines: present, picture }
}

export function outcomeOfError(error: unknown): Outcome {
  if (!isAuthError(error)) return outcomeOf([[o.result, messageFor(error)]], 'bad')
  if (error.kind === 'denied') return outcomeOf([[o.result, o.refused]], 'neutral')
  if (error.code === 'ANONYMOUS_PROFILE') return outcomeOf([[o.result, o.anonymous]], 'neutral')
  return outcomeOf(
    [
      [o.result, messageFor(error)],
      [o.kind, error.kind],
      [o.code, error.code],
      [o.status, error.status],
      [o.requestId, error.requestId],
      [o.hint, developerHint(error)],
    ],
    'bad',
  )
}

export interface Observed<T> {
  value: T
  tookMs: number
  /** How many logins started meanwhile. */
  logins: number
}

/** Runs the work and watches the session meanwhile. */
export async function observe<T>(auth: Auth, work: () => Promise<T>): Promise<Observed<T>> {
  let logins = 0
  const startedAtMs = Date.now()
  const unsubscribe = auth.onChange(({ state }) => {
    if (state === 'signing-in') logins += 1
  })
  try {
    return { value: await work(), tookMs: Date.now() - startedAtMs, logins }
  } finally {
    unsubscribe()
  }
}
