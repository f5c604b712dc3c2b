/** Tickets: lead a person who is signed in to the mini-program into a web-view, once, within a minute. */
import { ApiError } from '../errors'
import type { Sessions } from '../sessions/sessions'
import type { LiveSession } from '../store/store'
import type { SqlClient } from '../store/sql-client'
import { hashOf, newSecret } from './cookies'
import type { WebTables } from './tables'

const LIFETIME_MS = 60_000
const TICKET = /^[A-Za-z0-9_-]{43}$/

export interface Tickets {
  issue(live: LiveSession, returnTo: string): Promise<{ ticket: string; expiresAtMs: number }>
  /**
   * @param signIn gets the session that made the ticket.
   * @returns where to go.
   * @throws ApiError TICKET_INVALID when it is used, expired, unknown, or its session has ended.
   */
  redeem(
    ticket: string,
    signIn: (parent: LiveSession) => Promise<void>,
  ): Promise<{ returnTo: string }>
}

const invalid = (): ApiError =>
  new ApiError('TICKET_INVALID', 'The ticket is used, expired or unknown: ask for a new one.')

function addTicket(
  sqlClient: SqlClient<WebTables>,
  nowMs: number,
  row: WebTables['web_tickets'],
): Promise<void> {
  return sqlClient.write(async (trx) => {
    await trx.deleteFrom('web_tickets').where('expires_at_ms', '<', nowMs).execute()
    await trx.insertInto('web_tickets').values(row).execute()
  })
}

/** Of two requests with one ticket only the one that deletes the row gets it. */
function takeTicket(sqlClient: SqlClient<WebTables>, nowMs: number, ticketHash: string) {
  return sqlClient.write(async (trx) => {
    const row = await trx
      .selectFrom('web_tickets')
      .selectAll()
      .where('ticket_hash', '=', ticketHash)
      .where('expires_at_ms', '>', nowMs)
      .executeTakeFirst()
    const { numDeletedRows } = await trx
      .deleteFrom('web_tickets')
      .where('ticket_hash', '=', ticketHash)
      .executeTakeFirst()
    return row === undefined || numDeletedRows === 0n ? null : row
  })
}

export function createTickets(deps: {
  sqlClient: SqlClient<WebTables>
  sessions: Pick<Sessions, 'authenticateSession'>
  now: () => number
}): Tickets {
  const { sqlClient, sessions, now } = deps

  return {
    async issue({ session }, returnTo) {
      const ticket = newSecret()
      const expiresAtMs = now() + LIFETIME_MS
      await addTicket(sqlClient, now(), {
        ticket_hash: hashOf(ticket),
        session_id: session.id,
        return_to: returnTo,
        expires_at_ms: expiresAtMs,
      })
      return { ticket, expiresAtMs }
    },

    async redeem(ticket, signIn) {
      const row = TICKET.test(ticket) ? await takeTicket(sqlClient, now(), hashOf(ticket)) : null
      if (row === null) throw invalid()
      try {
        await signIn(await sessions.authenticateSession(row.session_id))
        return { returnTo: row.return_to }
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) throw invalid()
        throw error
      }
    },
  }
}
