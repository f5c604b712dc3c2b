/**
 * Sign-ins in progress on WeChat's authorize page. The state of a sign-in works once, for ten
 * minutes, and only in the browser that began it.
 */
import type { Request, Response } from 'express'
import type { Transaction } from 'kysely'
import { ApiError } from '../errors'
import { addressBlock } from '../http/client-address'
import type { WebContext } from './context'
import { cookieNames, createCookie } from './cookies'
import { isLive, isOver, SIGN_IN_LIVES_MS } from './lifetimes'
import { hashOf, newSecret } from './secrets'
import type { WebTables } from './tables'

/** Far more than the phones behind one carrier address leave unfinished in ten minutes. */
const MAX_OPEN_PER_ADDRESS = 1000
const RETRY_AFTER_SECONDS = 60
/** WeChat accepts letters and digits as state: https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
const NOT_IN_STATE = /[^A-Za-z0-9]/g

/** Each sign-in has a cookie of its own, because tabs that begin at the same time do not see each other's. */
const COOKIE_START = 'sign-in-'
/** Unfinished sign-ins of one browser. The oldest cookies are cleared, because headers have at most 16 KiB. */
const MAX_COOKIES = 10

const cookieOf = ({ addresses }: WebContext, stateHash: string) =>
  createCookie(COOKIE_START + stateHash.slice(0, 12), addresses.isSecure)

function dropOldCookies({ addresses }: WebContext, req: Request, res: Response): void {
  const names = cookieNames(req, COOKIE_START, addresses.isSecure)
  // Keeps the newest nine; one more is written.
  for (const name of names.slice(0, 1 - MAX_COOKIES)) {
    createCookie(name, addresses.isSecure).clear(res)
  }
}

interface SignIn {
  appid: string
  scope: string
  returnTo: string
}

/** Concurrent inserts may exceed the limit by a few, which is fine: it only limits the size of the table. */
async function hasRoom(trx: Transaction<WebTables>, address: string): Promise<boolean> {
  const { open } = await trx
    .selectFrom('web_sign_ins')
    .select((query) => query.fn.countAll().as('open'))
    .where('address', '=', address)
    .executeTakeFirstOrThrow()
  return Number(open) < MAX_OPEN_PER_ADDRESS
}

/**
 * @returns the state for WeChat's page, after binding it to this browser with a cookie.
 * @throws ApiError RATE_LIMITED when 1000 sign-ins of this address are in progress.
 */
export async function beginSignIn(
  web: WebContext,
  { req, res }: { req: Request; res: Response },
  { appid, scope, returnTo }: SignIn,
): Promise<string> {
  const { sqlClient, clientAddress, now } = web
  const state = newSecret().replace(NOT_IN_STATE, '')
  const stateHash = hashOf(state)
  const browser = newSecret()
  const row = {
    state_hash: stateHash,
    browser_hash: hashOf(browser),
    address: addressBlock(clientAddress(req)),
    appid,
    scope,
    return_to: returnTo,
    expires_at_ms: now() + SIGN_IN_LIVES_MS,
  }
  const isBegun = await sqlClient.write(async (trx) => {
    await trx.deleteFrom('web_sign_ins').where(isOver(now(), SIGN_IN_LIVES_MS)).execute()
    if (!(await hasRoom(trx, row.address))) return false
    await trx.insertInto('web_sign_ins').values(row).execute()
    return true
  })
  if (!isBegun) {
    throw new ApiError('RATE_LIMITED', 'Too many sign-ins of this address are under way.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
  }
  dropOldCookies(web, req, res)
  cookieOf(web, stateHash).write(res, browser, SIGN_IN_LIVES_MS / 1000)
  return state
}

/** If two requests have one state, only the one that deletes the row gets it. */
function takeSignIn({ sqlClient, now }: WebContext, state: string, browser: string) {
  const [stateHash, browserHash] = [hashOf(state), hashOf(browser)]
  return sqlClient.write(async (trx) => {
    const row = await trx
      .selectFrom('web_sign_ins')
      .selectAll()
      .where('state_hash', '=', stateHash)
      .where('browser_hash', '=', browserHash)
      .where(isLive(now(), SIGN_IN_LIVES_MS))
      .executeTakeFirst()
    const { numDeletedRows } = await trx
      .deleteFrom('web_sign_ins')
      .where('state_hash', '=', stateHash)
      .where('browser_hash', '=', browserHash)
      .executeTakeFirst()
    return row === undefined || numDeletedRows === 0n ? null : row
  })
}

/** @throws ApiError STATE_INVALID when the state is used, expired, unknown or another browser's. */
export async function finishSignIn(
  web: WebContext,
  { req, res }: { req: Request; res: Response },
  state: string,
): Promise<Pick<SignIn, 'appid' | 'returnTo'>> {
  const cookie = cookieOf(web, hashOf(state))
  const browser = cookie.read(req)
  const row = browser === null ? null : await takeSignIn(web, state, browser)
  // Clear the cookie only now: if the database failed above, the person can retry.
  if (browser !== null) cookie.clear(res)
  if (row !== null) return { appid: row.appid, returnTo: row.return_to }
  throw new ApiError('STATE_INVALID', 'This sign-in was not begun here, or is over: begin anew.')
}
