/** What the page shows of each person: ids, phone, the age of keys, but never a key. */
import { APPS, findApp } from '../world/apps'
import type { Account, Person } from '../world/people'
import { avatarUrlOf } from '../world/random'
import type { World } from '../world/world'

/** Benchmarks create very many people; the page shows the newest. */
const SHOWN_PERSONS = 100

const secondsSince = (world: World, instantMs: number): number =>
  Math.floor((world.clock.nowMs() - instantMs) / 1000)

function describeAccount(world: World, account: Account) {
  const key = world.keys.findLiving(account)
  return {
    appid: account.appid,
    app: findApp(account.appid)?.name ?? account.appid,
    openid: account.openid,
    sessionKeyAgeSeconds: key === null ? null : secondsSince(world, key.issuedAtMs),
    inactiveSeconds:
      account.lastActiveAtMs === null ? null : secondsSince(world, account.lastActiveAtMs),
  }
}

const describePerson = (world: World, person: Person) => ({
  user: person.user,
  phone: person.phone,
  avatarUrl: avatarUrlOf(person.user),
  unionid: Object.values(person.accounts)[0]?.unionid ?? null,
  accounts: Object.values(person.accounts).map((account) => describeAccount(world, account)),
})

/** The newest people first, and how many there are; with `user` only that one, however old. */
export function describePeople(world: World, user?: string) {
  const persons = world.people.all()
  const shown =
    user === undefined
      ? persons.slice(-SHOWN_PERSONS).reverse()
      : persons.filter((person) => person.user === user)
  return {
    apps: APPS,
    aheadSeconds: world.clock.aheadSeconds(),
    total: persons.length,
    people: shown.map((person) => describePerson(world, person)),
  }
}
