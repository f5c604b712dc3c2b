/** Exports everything that is stored about a person, as JSON, except session keys. */
import { iso } from '../http/schemas'
import { pickProfile } from '../profile-fields'
import type { LiveSession, StoredAccount } from '../store/store'
import type { ProfileContext } from './context'

function identityOf(
  identity: StoredAccount['identities'][number],
  { sealer, exposeOpenid }: ProfileContext,
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

const pictureOf = (name: string | null, bytes: Buffer | null) =>
  bytes === null ? null : { name, type: 'image/webp', base64: bytes.toString('base64') }

const mergedOf = ({ id, profile, mergedAtMs, avatar }: StoredAccount['mergedFrom'][number]) => ({
  id,
  ...pickProfile(profile),
  avatarUrl: profile.avatarUrl,
  createdAt: iso(profile.createdAtMs),
  mergedAt: iso(mergedAtMs),
  avatar: pictureOf(profile.avatarName, avatar),
})

function toExport(stored: StoredAccount, context: ProfileContext) {
  const { user, identities, sessions, avatar, mergedFrom } = stored
  return {
    user: {
      id: user.id,
      ...pickProfile(user),
      avatarUrl: user.avatarUrl,
      createdAt: iso(user.createdAtMs),
      lastLoginAt: iso(user.lastLoginAtMs),
    },
    identities: identities.map((identity) => identityOf(identity, context)),
    sessions: sessions.map((session) => ({
      id: session.id,
      appid: session.appid,
      openid: context.exposeOpenid ? session.openid : null,
      device: session.device,
      createdAt: iso(session.createdAtMs),
      lastSeenAt: iso(session.lastSeenAtMs),
      expiresAt: iso(session.expiresAtMs),
    })),
    avatar: pictureOf(user.avatarName, avatar),
    mergedFrom: mergedFrom.map(mergedOf),
  }
}

export async function exportAccount(context: ProfileContext, live: LiveSession): Promise<object> {
  const stored = await context.store.exportAccount(live.session)
  const parts: Record<string, object> = {}
  for (const [field, exportPart] of Object.entries(context.exportParts)) {
    parts[field] = await exportPart(live.user.id)
  }
  return { ...toExport(stored, context), ...parts }
}
