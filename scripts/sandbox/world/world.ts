/** Everything that WeChat would know, in memory. It can be saved as JSON and restored from it. */
import { createPayKeys } from '../pay/keys'
import type { PayKeys } from '../pay/keys'
import { createPay } from '../pay/pay'
import type { Pay } from '../pay/pay'
import { createAccessTokens } from './access-tokens'
import type { AccessToken, AccessTokens } from './access-tokens'
import { createAppSettings } from './app-settings'
import type { AppSettings } from './app-settings'
import { createClock } from './clock'
import type { Clock } from './clock'
import { createCodes } from './codes'
import type { Code, Codes } from './codes'
import { createGrants } from './grants'
import type { Grant, Grants } from './grants'
import { createPeople } from './people'
import type { People, Person } from './people'
import { createQuotas } from './quotas'
import type { Quotas } from './quotas'
import { createSessionKeys } from './session-keys'
import type { SessionKeys } from './session-keys'
import { createTickets } from './tickets'
import type { Ticket, Tickets } from './tickets'

export interface World {
  readonly clock: Clock
  readonly people: People
  readonly keys: SessionKeys
  readonly codes: Codes
  readonly accessTokens: AccessTokens
  readonly grants: Grants
  readonly tickets: Tickets
  /** Not saved. */
  readonly pay: Pay
  /** Not saved: settings are part of a test. */
  readonly appSettings: AppSettings
  /** Not saved: a restart begins new windows. */
  readonly quotas: Quotas
}

/** A world as JSON. */
export interface SavedWorld {
  readonly aheadSeconds: number
  readonly persons: readonly Person[]
  readonly codes: readonly Code[]
  readonly accessTokens: readonly AccessToken[]
  readonly grants: readonly Grant[]
  readonly tickets: readonly Ticket[]
}

/** Payment keys outlive the world. */
export function createWorld(saved?: SavedWorld, payKeys: PayKeys = createPayKeys()): World {
  const clock = createClock(saved?.aheadSeconds)
  return {
    clock,
    people: createPeople(saved?.persons),
    keys: createSessionKeys(clock),
    codes: createCodes(clock, saved?.codes),
    accessTokens: createAccessTokens(clock, saved?.accessTokens),
    grants: createGrants(clock, saved?.grants),
    tickets: createTickets(clock, saved?.tickets),
    pay: createPay(clock, payKeys),
    appSettings: createAppSettings(),
    quotas: createQuotas(clock),
  }
}

export const saveWorld = (world: World): SavedWorld => ({
  aheadSeconds: world.clock.aheadSeconds(),
  persons: world.people.all(),
  codes: world.codes.all(),
  accessTokens: world.accessTokens.all(),
  grants: world.grants.all(),
  tickets: world.tickets.all(),
})
