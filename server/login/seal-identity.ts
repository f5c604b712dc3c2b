/** What is stored of a person who logs in; the session_key, where one came along, only sealed. */
import type { Sealer } from '../sealing'
import type { IdentityWrite } from '../store/store'
import type { Exchanged } from './exchange'

/** A person without a code, as the platform that carries the request names them. */
export type NamedPerson = Pick<IdentityWrite, 'appid' | 'openid' | 'unionid'>

export type SealIdentity = (person: Exchanged | NamedPerson) => IdentityWrite

/** Older than any real key, so that a login by code in progress counts as later. */
const NO_KEY = { sessionKeySealed: '', sessionKeyAtMs: 0 }

export function createSealIdentity({
  sealer,
  now,
}: {
  sealer: Sealer
  now: () => number
}): SealIdentity {
  function sealKey({ appid, openid, sessionKey, sentAtMs }: Exchanged) {
    const sessionKeySealed = sealer.seal(sessionKey, { purpose: 'session_key', appid, openid })
    return { sessionKeySealed, sessionKeyAtMs: sentAtMs }
  }

  return (person) => ({
    appid: person.appid,
    openid: person.openid,
    unionid: person.unionid,
    ...('sessionKey' in person ? sealKey(person) : NO_KEY),
    session: { createdAtMs: now() },
  })
}
