/** The features that store data in the database. */
import { createPayStorage } from './pay/storage'
import type { Sealer } from './sealing'
import type { FeatureStorage } from './store/feature-storage'
import { webStorage } from './web/tables'

/** Payment's tables exist even when payment is off, because earlier orders still belong to accounts. */
export const createFeatureStorages = (sealer: Sealer): FeatureStorage[] =>
  [createPayStorage(sealer), webStorage] as FeatureStorage[]
