/** Everything that is stored about a person, as JSON for that person; only session keys stay. */
import type { Sealer } from '../sealing'
import type { Sessions } from '../sessions/sessions'
import { pickProfile } from '../profile-fields'
import type { LiveSession, Store, StoredAccount } from '../store/store'

const iso = (ms: number): string => new Date(ms).toISOString()

interface ExportDeps {
  store: Pick<Store, 'exportAccount'>
  sessions: Pick<Sessions, 'whileLive'>
  exportParts: ExportParts
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

function mergedOf({ id, profile, mergedAtMs, avatar }: StoredAccount['mergedFrom'][number]) {
  return {
    id,
    ...pickProfile(profile),
    avatarUrl: profile.avatarUrl,
    createdAt: iso(profile.createdAtMs),
    mergedAt: iso(mergedAtMs),
    avatar:
      avatar === null
        ? null
        : { name: profile.avatarName, type: 'image/webp', base64: avatar.toString('base64') },
  }
}

function toExport(stored: StoredAccount, deps: ExportDeps) {
  const { user, identities, sessions, avatar, mergedFrom } = stored
  return {
    user: {
      id: user.id,
      ...pickProfile(user),
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
    mergedFrom: mergedFrom.map(mergedOf),
  }
}

/** What other features hold about a person, by the name of the field. */
export type ExportParts = Readonly<Record<string, (userId: string) => Promise<object>>>

export type AccountExport = ReturnType<typeof toExport>

export function createExportAccount(deps: ExportDeps) {
  return async function exportAccount(live: LiveSession): Promise<AccountExport> {
    const stored = await deps.sessions.whileLive(live, deps.store.exportAccount(live.session))
    const parts: Record<string, object> = {}
    for (const [field, exportPart] of Object.entries(deps.exportParts)) {
      parts[field] = await exportPart(live.user.id)
    }
    return { ...toExport(stored, deps), ...parts }
  }
}
