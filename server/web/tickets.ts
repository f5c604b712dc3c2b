/** Tickets: each signs a person of the mini-program in to a web-view, once, within a minute. */
import { ApiError } from '../errors'
import type { LiveSession } from '../store/store'
import { changeAs } from '../sessions/change-as'
import type { WebContext } from './context'
import { isLive, TICKET_LIVES_MS } from './lifetimes'
import { hashOf, isSecret, newSecret } from './secrets'

/** @throws ApiError 401 when the requesting session has ended meanwhile. */
export async function issueTicket(
  web: WebContext,
  live: LiveSession,
  returnTo: string,
): Promise<{ ticket: string; expiresAtMs: number }> {
  const { now } = web
  const ticket = newSecret()
  const expiresAtMs = now() + TICKET_LIVES_MS
  const row = {
    ticket_hash: hashOf(ticket),
    session_id: live.session.id,
    return_to: returnTo,
    expires_at_ms: expiresAtMs,
  }
  await changeAs(web, live, (trx) => trx.insertInto('web_tickets').values(row).execute())
  return { ticket, expiresAtMs }
}

/** If two requests have one ticket, only the one that deletes the row gets it. */
function takeTicket({ sqlClient, now }: WebContext, ticket: string) {
  const ticketHash = hashOf(ticket)
  return sqlClient.write(async (trx) => {
    const row = await trx
      .selectFrom('web_tickets')
      .selectAll()
      .where('ticket_hash', '=', ticketHash)
      .where(isLive(now(), TICKET_LIVES_MS))
      .executeTakeFirst()
    const { numDeletedRows } = await trx
      .deleteFrom('web_tickets')
      .where('ticket_hash', '=', ticketHash)
      .executeTakeFirst()
    return row === undefined || numDeletedRows === 0n ? null : row
  })
}

/**
 * @param signIn is called with the session that issued the ticket.
 * @returns the address to redirect to.
 * @throws ApiError TICKET_INVALID when it is used, expired, unknown, or its session has ended.
 */
export async function redeemTicket(
  web: WebContext,
  ticket: string,
  signIn: (parent: LiveSession) => Promise<void>,
): Promise<string> {
  const invalid = () =>
    new ApiError('TICKET_INVALID', 'The ticket is used, expired or unknown: ask for a new one.')
  const row = isSecret(ticket) ? await takeTicket(web, ticket) : null
  if (row === null) throw invalid()
  try {
    await signIn(await web.sessions.authenticateSession(row.session_id))
    return row.return_to
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) throw invalid()
    throw error
  }
}
