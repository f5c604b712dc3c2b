/** The names of the environment variables that the server reads, extracted from its sources. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './pages'

/** A table's entry, `env['NAME']`, and names that are destructured from `env`. */
const READS =
  /^ {2}([A-Z][A-Z0-9_]+): |\benv\['([A-Z][A-Z0-9_]+)'\]|\b([A-Z]+_[A-Z0-9_]+): \w+,? /gm

const READERS = ['server/config/index.ts', 'server/web/config.ts', 'server/pay/config.ts']

function keysOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const names = [...source.matchAll(READS)].map(([, entry, read, taken]) => entry ?? read ?? taken)
  if (names.length === 0) throw new Error(`${file} names no variable`)
  return names.filter((name) => name !== undefined)
}

export const parseEnvKeys = (): string[] => [...new Set(READERS.flatMap(keysOf))]
