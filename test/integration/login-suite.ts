/** One person, however many logins arrive at once and through however many apps. */
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '../../server/errors'
import { expectEnded, newLogin, signIn, times } from './fixture'
import type { Fixture } from './fixture'

const MAX_RETURNS = 5
const BUSY_CODES: ReadonlySet<string> = new Set(['STORAGE_UNAVAILABLE', 'OVERLOADED'])

/** Retry when the store is busy, as clients do. */
export async function comingBack<T>(ask: () => Promise<T>): Promise<T> {
  for (let returns = 0; ; returns += 1) {
    try {
      return await ask()
    } catch (error) {
      const isBusy = error instanceof ApiError && BUSY_CODES.has(error.code)
      if (!isBusy || returns === MAX_RETURNS) throw error
      await delay((error.retryAfterSeconds ?? 0) * 1000)
    }
  }
}

export function loginSuite(at: Fixture): void {
  it('creates a person once and finds them again', async () => {
    const first = await at.store.login(newLogin({ openid: 'oAgain' }))
    expect(first).toEqual({
      isNew: true,
      user: {
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        appid: 'wxA',
        openid: 'oAgain',
        unionid: null,
        nickname: null,
        gender: 0,
        avatarName: null,
        avatarUrl: null,
        phoneMasked: null,
        createdAtMs: 1000,
        lastLoginAtMs: 1000,
      },
    })
    const second = await at.other.login(newLogin({ openid: 'oAgain', nowMs: 2000 }))
    expect(second).toEqual({ isNew: false, user: { ...first.user, lastLoginAtMs: 2000 } })
  })

  it('makes one user of many simultaneous first logins', async () => {
    const results = await Promise.all(
      times(20, (n) => (n % 2 === 0 ? at.store : at.other).login(newLogin({ openid: 'oMany' }))),
    )
    expect(new Set(results.map(({ user }) => user.id)).size).toBe(1)
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(await at.store.listSessions(results[0]!.user.id)).toHaveLength(20)
  })

  it('makes one user of simultaneous first logins in several apps with one unionid', async () => {
    const results = await Promise.all(
      times(12, (n) =>
        (n % 2 === 0 ? at.store : at.other).login(
          newLogin({ appid: `wx${n % 3}`, openid: `oUnion${n % 3}`, unionid: 'UMany' }),
        ),
      ),
    )
    expect(new Set(results.map(({ user }) => user.id)).size).toBe(1)
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1)
  })

  it('distinguishes people whose ids differ only in case or in an accent', async () => {
    const openids = ['oCase', 'ocase', 'oCasé', "o' OR '1'='1", 'o\\', 'o\\\\', 'o";--']
    const results = await Promise.all(openids.map((openid) => at.store.login(newLogin({ openid }))))
    expect(results.map(({ user }) => user.openid)).toEqual(openids)
    expect(new Set(results.map(({ user }) => user.id)).size).toBe(openids.length)
    expect(await at.store.findSessionKeys('wxA', "' OR '1'='1")).toBeNull()
  })

  it('keeps the newer session_key when two logins finish in the wrong order', async () => {
    const key = (sessionKeySealed: string, sessionKeyAtMs: number) =>
      at.store.login(newLogin({ openid: 'oKey', sessionKeySealed, sessionKeyAtMs }))
    await key('later', 20)
    await key('earlier', 10)
    expect(await at.other.findSessionKeys('wxA', 'oKey')).toEqual({
      current: 'later',
      previous: null,
    })
    await key('latest', 30)
    const both = { current: 'latest', previous: 'later' }
    expect(await at.other.findSessionKeys('wxA', 'oKey')).toEqual(both)
    // The same key again does not become its own previous key.
    await key('latest', 40)
    expect(await at.other.findSessionKeys('wxA', 'oKey')).toEqual(both)
  })

  it('keeps the session_key when a login brings none, and accepts the first one that comes', async () => {
    const key = (openid: string, sessionKeySealed: string, sessionKeyAtMs: number) =>
      at.store.login(newLogin({ openid, sessionKeySealed, sessionKeyAtMs }))
    const keys = (openid: string) => at.other.findSessionKeys('wxA', openid)
    await key('oNoKey', '', 0)
    expect(await keys('oNoKey')).toBeNull()
    await key('oNoKey', '', 0)
    await key('oNoKey', 'first', 10)
    expect(await keys('oNoKey')).toEqual({ current: 'first', previous: null })
    await key('oNoKey', 'second', 20)
    await key('oNoKey', '', 0)
    expect(await keys('oNoKey')).toEqual({ current: 'second', previous: 'first' })
    // The same holds with a wrong clock, and for a login with a new unionid.
    const HOUR_MS = 3_600_000
    await key('oAheadKey', 'ahead', 1000 + HOUR_MS)
    await key('oAheadKey', '', 0)
    await at.store.login(
      newLogin({ openid: 'oAheadKey', sessionKeySealed: '', sessionKeyAtMs: 0, unionid: 'UNoKey' }),
    )
    expect(await keys('oAheadKey')).toEqual({ current: 'ahead', previous: null })
  })
}

export function unionSuite(at: Fixture): void {
  const join = async (unionid: string, lastThrough: 'older' | 'younger') => {
    const firstThrough = { older: 'younger', younger: 'older' }[lastThrough]
    const loginOf = (who: 'older' | 'younger', nowMs: number, knows: boolean) => ({
      appid: who === 'older' ? 'wxA' : 'wxB',
      openid: `o-${who}-${unionid}`,
      unionid: knows ? unionid : null,
      nowMs,
    })
    const older = await signIn(at.store, loginOf('older', 1000, firstThrough === 'older'))
    const younger = await signIn(at.store, loginOf('younger', 2000, firstThrough === 'younger'))
    await at.store.updateProfile(younger.owner, { nickname: '小红🌹', gender: 2 })
    const bytes = Buffer.from(unionid)
    await at.store.setAvatar(younger.owner, { name: `${unionid}.webp`, bytes, createdAtMs: 1 })
    return {
      older,
      younger,
      bytes,
      merge: () => signIn(at.other, loginOf(lastThrough, 3000, true)),
    }
  }

  it.each(['older', 'younger'] as const)(
    'merges two accounts when the unionid arrives later through the %s one: the older wins, sessions of both stay valid',
    async (lastThrough) => {
      const unionid = `U-${lastThrough}`
      const { older, younger, bytes, merge } = await join(unionid, lastThrough)
      const merged = await merge()
      expect(merged).toMatchObject({
        isNew: false,
        mergedUserId: younger.user.id,
        user: { id: older.user.id, nickname: '小红🌹', gender: 2, unionid },
      })
      expect(await at.store.findLiveSession(younger.owner.id)).toMatchObject({
        user: { id: older.user.id, appid: 'wxB' },
        session: { userId: older.user.id, tokenUserId: younger.user.id },
      })
      expect(await at.store.findLiveSession(older.owner.id)).toMatchObject({
        user: { id: older.user.id },
        session: { userId: older.user.id, tokenUserId: older.user.id },
      })
      expect(await at.store.findAvatar(`${unionid}.webp`)).toEqual(bytes)
      const account = await at.store.exportAccount(merged.owner)
      expect(account.identities.map(({ appid }) => appid).sort()).toEqual(['wxA', 'wxB'])
      // A request in flight from the younger account now belongs to the older one.
      const late = await at.store.updateProfile(younger.owner, { nickname: '小明' })
      expect(late).toMatchObject({ id: older.user.id, nickname: '小明' })
    },
  )

  it('keeps data that both accounts had set: it is in the export, and is deleted with the account', async () => {
    const { older, younger, bytes, merge } = await join('U-both', 'younger')
    await at.store.updateProfile(older.owner, { nickname: '老王', gender: 1 })
    const own = { name: 'own.webp', bytes: Buffer.from('own'), createdAtMs: 1 }
    await at.store.setAvatar(older.owner, own)
    await at.store.setPhone(older.owner, { sealed: 'd.older', masked: '1', atMs: 1 })
    await at.store.setPhone(younger.owner, { sealed: 'd.younger', masked: '2', atMs: 1 })
    const merged = await merge()
    expect(merged.user).toMatchObject({ nickname: '老王', gender: 1, avatarName: 'own.webp' })
    await at.store.setAvatar(older.owner, { ...own, name: 'newer.webp' })
    const account = await at.store.exportAccount(merged.owner)
    expect(account.mergedFrom).toEqual([
      {
        id: younger.user.id,
        mergedAtMs: 3000,
        avatar: bytes,
        profile: {
          nickname: '小红🌹',
          gender: 2,
          avatarName: 'U-both.webp',
          avatarUrl: null,
          createdAtMs: 2000,
        },
      },
    ])
    const phones = account.identities.map(({ phoneSealed }) => phoneSealed)
    expect(phones.sort()).toEqual(['d.older', 'd.younger'])
    await at.other.deleteAccount(merged.owner, 4000)
    for (const name of ['U-both.webp', 'newer.webp']) {
      expect(await at.store.findAvatar(name)).toBeNull()
    }
    const left = await at.database.run('SELECT id FROM merged_accounts')
    expect(left.map(({ id }) => id)).not.toContain(younger.user.id)
  })

  it('merges an account again after the embedding service named it again', async () => {
    const union = { unionid: 'U-again' }
    const older = await signIn(at.store, { openid: 'o-again', newUserId: 'host-1', ...union })
    for (const name of ['first', 'second']) {
      const write = { appid: 'wxB', openid: `o-again-${name}`, newUserId: 'host-2', nowMs: 2000 }
      const { owner } = await signIn(at.store, write)
      await at.store.updateProfile(owner, { nickname: name })
      const merged = await signIn(at.other, { ...write, ...union })
      expect(merged).toMatchObject({ user: { id: 'host-1' }, mergedUserId: 'host-2' })
    }
    const { mergedFrom } = await at.store.exportAccount(older.owner)
    expect(mergedFrom.map(({ id, profile }) => [id, profile.nickname])).toEqual([
      ['host-2', 'first'],
      ['host-2', 'second'],
    ])
    await at.store.deleteAccount(older.owner, 3000)
    expect(await at.store.findEndReason('long gone', 'host-2')).toBe('account-deleted')
  })

  it('survives merging, deleting and logging in all at once', async () => {
    const people = times(4, (n) => [
      newLogin({ appid: 'wxA', openid: `oChaosA${n}`, unionid: null }),
      newLogin({ appid: 'wxB', openid: `oChaosB${n}`, unionid: `UChaos${n % 2}` }),
    ]).flat()
    const firsts = await Promise.all(people.map((write) => signIn(at.store, write)))
    const again = times(40, (n) => {
      const { appid, openid } = people[n % people.length]!
      const unionid = n % 3 === 0 ? null : `UChaos${(n % people.length) % 2}`
      // With a new session each time, because a login that was refused while it committed may be stored.
      return comingBack(() =>
        (n % 2 === 0 ? at.store : at.other).login(newLogin({ appid, openid, unionid })),
      )
    })
    const ends = firsts
      .slice(0, 2)
      .map(({ owner }) => comingBack(() => at.other.deleteAccount(owner, 5000)).catch(expectEnded))
    const results = await Promise.all(again)
    await Promise.all(ends)
    const last = await Promise.all(
      people.map(({ appid, openid }, n) =>
        comingBack(() =>
          at.store.login(newLogin({ appid, openid, unionid: `UChaos${Math.floor(n / 2) % 2}` })),
        ),
      ),
    )
    expect(results).toHaveLength(40)
    expect(new Set(last.map(({ user }) => user.unionid)).size).toBe(2)
  })
}
