/** The features that store data in the database. */
import { createPayStoreRoom } from './pay/store-room'
import type { Sealer } from './sealing'
import type { StoreRoom } from './store/sql-client'
import { webRoom } from './web/tables'

/** Payment's tables exist even when payment is off, because earlier orders still belong to accounts. */
export const createStoreRooms = (sealer: Sealer): StoreRoom[] =>
  [createPayStoreRoom(sealer), webRoom] as StoreRoom[]
