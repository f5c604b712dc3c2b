/** The store of most tests: SQLite in a file. */
import { join } from 'node:path'
import { createStore } from '../../server/store/create-store'
import type { FeatureStorage } from '../../server/store/feature-storage'
import { openSqliteEngine } from '../../server/store/sqlite/sqlite-engine'
import type { Store } from '../../server/store/store'
import { makeTempDir } from './temp-dir'

export const openSqliteStore = (file: string, storages: readonly FeatureStorage[] = []): Store =>
  createStore(openSqliteEngine(file, storages), storages)

/** Its file is removed when it is closed. */
export function openTempStore(): Store {
  const dir = makeTempDir()
  const store = openSqliteStore(join(dir.path, 'app.db'))
  const close = async () => {
    await store.close()
    dir.remove()
  }
  return { ...store, close }
}
