/** What is stored of an exchanged code; the session_key only sealed. */
import type { Sealer } from '../sealing'
import type { IdentityWrite } from '../store/store'
import type { Exchanged } from './exchange'

export type SealIdentity = (exchanged: Exchanged) => IdentityWrite

export function createSealIdentity({
  sealer,
  now,
}: {
  sealer: Sealer
  now: () => number
}): SealIdentity {
  return ({ appid, openid, unionid, sessionKey, sentAtMs }) => ({
    appid,
    openid,
    unionid,
    sessionKeySealed: sealer.seal(sessionKey, { purpose: 'session_key', appid, openid }),
    sessionKeyAtMs: sentAtMs,
    session: { createdAtMs: now() },
  })
}
