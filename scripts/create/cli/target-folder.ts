/** Where the project goes: a folder that is empty, or not there yet. */
import { readdirSync } from 'node:fs'
import { codeOf } from '../../lib/user-error'
import { texts } from './texts'

const NAMES_SHOWN = 5

/** @returns the error; undefined when a project can be written there. */
export function findFolderFault(dir: string): string | undefined {
  if (dir.trim() === '') return texts.fault.emptyDir
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return undefined
    if (code === 'ENOTDIR') return texts.fault.notFolder(dir)
    return texts.fault.unreadable(dir, code || String(error))
  }
  if (names.length === 0) return undefined
  const shown = names.slice(0, NAMES_SHOWN).join(texts.comma)
  const found = names.length > NAMES_SHOWN ? texts.more(shown, names.length) : shown
  return texts.fault.notEmpty(dir, found)
}
