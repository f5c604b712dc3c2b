/** Where the project goes: a folder that is empty, or not there yet. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { texts } from './texts'

const NAMES_SHOWN = 5

/** @returns what is wrong with the folder; undefined when a project can be written there. */
export function findFolderFault(dir: string): string | undefined {
  if (dir.trim() === '') return texts.fault.emptyDir
  if (!existsSync(dir)) return undefined
  if (!statSync(dir).isDirectory()) return texts.fault.notFolder(dir)
  const names = readdirSync(dir)
  if (names.length === 0) return undefined
  const shown = names.slice(0, NAMES_SHOWN).join(texts.comma)
  const found = names.length > NAMES_SHOWN ? texts.more(shown, names.length) : shown
  return texts.fault.notEmpty(dir, found)
}
