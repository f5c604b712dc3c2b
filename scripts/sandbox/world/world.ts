/** Everything WeChat would know, in memory. */
import { createClock } from './clock'
import type { Clock } from './clock'
import { createCodes } from './codes'
import type { Codes } from './codes'
import { createPeople } from './people'
import type { People } from './people'
import { createSessionKeys } from './session-keys'
import type { SessionKeys } from './session-keys'
import { createQuotas } from './quotas'
import type { Quotas } from './quotas'

export interface World {
  readonly clock: Clock
  readonly people: People
  readonly keys: SessionKeys
  readonly codes: Codes
  readonly quotas: Quotas
}

export function createWorld(): World {
  const clock = createClock()
  return {
    clock,
    people: createPeople(),
    keys: createSessionKeys(clock),
    codes: createCodes(clock),
    quotas: createQuotas(clock),
  }
}
