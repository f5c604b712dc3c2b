/**
 * Opens a person's session_key for a moment, to open data that WeChat sealed with it.
 *
 * If the present key does not open the data, the data may be old or forged. It is old if the
 * previous key opens it, or if WeChat says that our key is no longer valid. Only then is the client
 * told to log in again.
 */
import { ApiError } from '../errors'
import type { SessionRecord } from '../store/store'
import { logAlert, WechatError } from '../wechat/wechat-error'
import type { ProfileContext } from './context'

export const openDataInvalid = () =>
  new ApiError('OPEN_DATA_INVALID', 'The open data was not sealed by WeChat for this user.')

const stale = () =>
  new ApiError(
    'SESSION_KEY_STALE',
    'The data was sealed with another session_key than ours: log in, then ask the user again.',
  )

type Person = Pick<SessionRecord, 'userId' | 'appid' | 'openid'>

/** @throws ApiError SESSION_KEY_STALE when none is stored. */
async function getKeys({ store, sealer }: ProfileContext, { appid, openid }: Person) {
  const keys = await store.findSessionKeys(appid, openid)
  if (keys === null) throw stale()
  const open = (sealed: string | null) =>
    sealed === null ? null : sealer.open(sealed, { purpose: 'session_key', appid, openid })
  return { current: open(keys.current), previous: open(keys.previous) }
}

async function isValid(
  { apps, wechat, limitCalls }: ProfileContext,
  { userId, appid, openid }: Person,
  sessionKey: string,
): Promise<boolean> {
  const app = apps.find((candidate) => candidate.appid === appid)
  if (app === undefined) return false
  return limitCalls('session-check', userId, () => wechat.checkSession(app, openid, sessionKey))
}

/** False when WeChat can't be asked, since nothing then proves that the key is old. */
async function isProvablyOld(
  context: ProfileContext,
  person: Person,
  key: string,
): Promise<boolean> {
  try {
    return !(await isValid(context, person, key))
  } catch (error) {
    if (!(error instanceof WechatError)) throw error
    logAlert(context.logger, error)
    return false
  }
}

/**
 * @param open opens the data with a key, or returns null.
 * @throws ApiError OPEN_DATA_INVALID, SESSION_KEY_STALE
 */
export async function openWithKey<T>(
  context: ProfileContext,
  person: Person,
  open: (sessionKey: string) => T | null,
): Promise<T> {
  const { current, previous } = await getKeys(context, person)
  if (current === null) throw stale()
  const opened = open(current)
  if (opened !== null) return opened
  if (previous !== null && open(previous) !== null) throw stale()
  if (await isProvablyOld(context, person, current)) throw stale()
  throw openDataInvalid()
}

export async function isKeyValid(context: ProfileContext, person: Person): Promise<boolean> {
  const { current } = await getKeys(context, person)
  return current !== null && isValid(context, person, current)
}
