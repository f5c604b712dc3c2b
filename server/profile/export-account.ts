/** Everything that is stored about a person, as JSON for that person; only session keys stay. */
import type { Sealer } from '../sealing'
import type { LiveSession, Store, StoredAccount } from '../store/store'
import { ApiError } from '../errors'

const iso = (ms: number): string => new Date(ms).toISOString()

interface ExportDeps {
  store: Pick<Store, 'exportAccount'>
  sealer: Sealer
  /** False answers openid and unionid as null. */
  exposeOpenid: boolean
}

function identityOf(
  identity: StoredAccount['identities'][number],
  { sealer, exposeOpenid }: ExportDeps,
) {
  const { appid, openid, unionid, phoneSealed, createdAtMs } = identity
  const phone =
    phoneSealed === null ? null : sealer.open(phoneSealed, { purpose: 'phone', appid, openid })
  return {
    appid,
    openid: exposeOpenid ? openid : null,
    unionid: exposeOpenid ? unionid : null,
    phone: phone === null ? null : (JSON.parse(phone) as unknown),
    createdAt: iso(createdAtMs),
  }
}

function toExport({ user, identities, sessions, avatar }: StoredAccount, deps: ExportDeps) {
  return {
    user: {
      id: user.id,
      nickname: user.nickname,
      gender: user.gender,
      avatarUrl: user.avatarUrl,
      createdAt: iso(user.createdAtMs),
      lastLoginAt: iso(user.lastLoginAtMs),
    },
    identities: identities.map((identity) => identityOf(identity, deps)),
    sessions: sessions.map((session) => ({
      id: session.id,
      appid: session.appid,
      openid: deps.exposeOpenid ? session.openid : null,
      device: session.device,
      createdAt: iso(session.createdAtMs),
      lastSeenAt: iso(session.lastSeenAtMs),
      expiresAt: iso(session.expiresAtMs),
    })),
    avatar:
      avatar === null
        ? null
        : { name: user.avatarName, type: 'image/webp', base64: avatar.toString('base64') },
  }
}

export type AccountExport = ReturnType<typeof toExport>

/** @throws ApiError SESSION_REVOKED when the account was deleted meanwhile. */
export function createExportAccount(deps: ExportDeps) {
  return async function exportAccount(live: LiveSession): Promise<AccountExport> {
    const stored = await deps.store.exportAccount(live.session)
    if (stored === null) throw new ApiError('SESSION_REVOKED', 'The account is gone.')
    return toExport(stored, deps)
  }
}
