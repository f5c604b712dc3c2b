/**
 * People and their accounts in each app. A name is a person: the same one in every app and after every
 * start. A new name makes a new person.
 */
import { OPEN_ACCOUNT } from './apps'
import { openidOf, phoneOf, unionidOf } from './random'

export interface SessionKey {
  readonly text: string
  readonly issuedAtMs: number
  expiresAtMs: number
}

/** A person in one app. */
export interface Account {
  readonly user: string
  readonly appid: string
  readonly openid: string
  readonly unionid: string
  /** The last key. `SessionKeys` knows whether it is still valid. */
  sessionKey: SessionKey | null
  lastActiveAtMs: number | null
}

export interface Person {
  readonly user: string
  phone: string
  readonly accounts: Record<string, Account>
}

export interface People {
  getPerson(user: string): Person
  getAccount(appid: string, user: string): Account
  findByOpenid(openid: string): Account | null
  all(): Person[]
}

function createAccount(appid: string, user: string): Account {
  return {
    user,
    appid,
    openid: openidOf(appid, user),
    unionid: unionidOf(OPEN_ACCOUNT, user),
    sessionKey: null,
    lastActiveAtMs: null,
  }
}

export function createPeople(saved: readonly Person[] = []): People {
  const persons = new Map<string, Person>()
  const byOpenid = new Map<string, Account>()
  for (const person of saved) {
    persons.set(person.user, person)
    for (const account of Object.values(person.accounts)) byOpenid.set(account.openid, account)
  }

  const getPerson = (user: string): Person => {
    const known = persons.get(user)
    if (known !== undefined) return known
    const person: Person = { user, phone: phoneOf(user), accounts: {} }
    persons.set(user, person)
    return person
  }
  return {
    getPerson,
    getAccount: (appid, user) => {
      const person = getPerson(user)
      const known = person.accounts[appid]
      if (known !== undefined) return known
      const account = createAccount(appid, user)
      person.accounts[appid] = account
      byOpenid.set(account.openid, account)
      return account
    },
    findByOpenid: (openid) => byOpenid.get(openid) ?? null,
    all: () => [...persons.values()],
  }
}
