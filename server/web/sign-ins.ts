/**
 * A sign-in on its way through WeChat's authorize page: its state works once, for ten minutes, and only
 * in the browser that began it.
 */
import type { Request, Response } from 'express'
import type { Transaction } from 'kysely'
import { ApiError } from '../errors'
import { addressBlock } from '../http/client-address'
import type { SqlClient } from '../store/sql-client'
import type { Addresses } from './addresses'
import { createCookie, hashOf, newSecret } from './cookies'
import type { WebTables } from './tables'

const LIFETIME_SECONDS = 600
/** More than the phones behind one address of a carrier begin and leave unfinished in that time. */
const MAX_OPEN_PER_ADDRESS = 1000
const RETRY_AFTER_SECONDS = 60
/** WeChat takes letters and digits as state: https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
const NOT_IN_STATE = /[^A-Za-z0-9]/g

export interface SignIn {
  appid: string
  scope: string
  returnTo: string
}

export interface SignIns {
  /**
   * @returns the state for WeChat's page; binds it to this browser by a cookie.
   * @throws ApiError RATE_LIMITED when 1000 of this address are under way.
   */
  begin(req: Request, res: Response, signIn: SignIn): Promise<string>
  /** @throws ApiError STATE_INVALID when it is used, expired, unknown or another browser's. */
  finish(req: Request, state: string): Promise<SignIn>
}

/** Processes that add at the same moment may exceed the limit by a few: it only bounds the table. */
async function assertRoom(
  trx: Transaction<WebTables>,
  { address }: WebTables['web_sign_ins'],
): Promise<void> {
  const { open } = await trx
    .selectFrom('web_sign_ins')
    .select((query) => query.fn.countAll().as('open'))
    .where('address', '=', address)
    .executeTakeFirstOrThrow()
  if (Number(open) < MAX_OPEN_PER_ADDRESS) return
  throw new ApiError('RATE_LIMITED', 'Too many sign-ins of this address are under way.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })
}

function addSignIn(
  sqlClient: SqlClient<WebTables>,
  nowMs: number,
  row: WebTables['web_sign_ins'],
): Promise<void> {
  return sqlClient.write(async (trx) => {
    await trx.deleteFrom('web_sign_ins').where('expires_at_ms', '<=', nowMs).execute()
    await assertRoom(trx, row)
    await trx.insertInto('web_sign_ins').values(row).execute()
  })
}

/** Of two requests with one state only the one that deletes the row gets it. */
function takeSignIn(
  sqlClient: SqlClient<WebTables>,
  nowMs: number,
  [stateHash, browserHash]: [string, string],
): Promise<SignIn | null> {
  return sqlClient.write(async (trx) => {
    const row = await trx
      .selectFrom('web_sign_ins')
      .selectAll()
      .where('state_hash', '=', stateHash)
      .where('browser_hash', '=', browserHash)
      .where('expires_at_ms', '>', nowMs)
      .executeTakeFirst()
    const { numDeletedRows } = await trx
      .deleteFrom('web_sign_ins')
      .where('state_hash', '=', stateHash)
      .where('browser_hash', '=', browserHash)
      .executeTakeFirst()
    if (row === undefined || numDeletedRows === 0n) return null
    return { appid: row.appid, scope: row.scope, returnTo: row.return_to }
  })
}

export function createSignIns(deps: {
  sqlClient: SqlClient<WebTables>
  addresses: Addresses
  clientAddress: (req: Request) => string
  now: () => number
}): SignIns {
  const { sqlClient, addresses, clientAddress, now } = deps
  const cookie = createCookie('sign-in', addresses.isSecure)

  return {
    async begin(req, res, { appid, scope, returnTo }) {
      const state = newSecret().replace(NOT_IN_STATE, '')
      // Kept when it is there, so that two tabs may each have a sign-in under way.
      const browser = cookie.read(req) ?? newSecret()
      await addSignIn(sqlClient, now(), {
        state_hash: hashOf(state),
        browser_hash: hashOf(browser),
        address: addressBlock(clientAddress(req)),
        appid,
        scope,
        return_to: returnTo,
        expires_at_ms: now() + LIFETIME_SECONDS * 1000,
      })
      cookie.write(res, browser, LIFETIME_SECONDS)
      return state
    },

    async finish(req, state) {
      const browser = cookie.read(req)
      const signIn =
        browser === null
          ? null
          : await takeSignIn(sqlClient, now(), [hashOf(state), hashOf(browser)])
      if (signIn !== null) return signIn
      throw new ApiError(
        'STATE_INVALID',
        'This sign-in was not begun here, or is over: begin anew.',
      )
    },
  }
}
