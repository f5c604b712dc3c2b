/**
 * Finds lines of .env that set nothing, and names that nothing reads: the default stays in force
 * silently then.
 */
import { readEnvText } from '../lib/environment'
import type { DoctorContext } from './context'
import { fail, warn } from './finding'
import type { Finding } from './finding'

/** The largest edit distance that counts as a typing error. */
const LARGEST_SLIP = 2

/** A comment, or a variable; quotes may hold several lines. */
const ENTRY =
  /^[ \t]*(?:#.*|(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`)?.*)$/gm

/** .env.example lists every variable of the server and of npm start. */
function knownVariables(root: string): string[] {
  return [...readEnvText(root, '.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(
    ([, name = '']) => name,
  )
}

/** @returns how many letters must be inserted, removed or changed to turn one into the other. */
export function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let index = 0; index < one.length; index += 1) {
    const next = [index + 1]
    for (let column = 0; column < other.length; column += 1) {
      const change = (row[column] ?? 0) + (one[index] === other[column] ? 0 : 1)
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

/** The line itself is not shown, because it may be a secret. */
function checkLines(text: string): Finding[] {
  const rest = text.replace(ENTRY, (entry) => entry.replace(/[^\n]/g, ''))
  return rest.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const what = `line ${index + 1} is not NAME=value`
    return fail('.env', what, 'Correct it, or put # before it: Node may skip the next one, too.')
  })
}

function checkName(name: string, known: readonly string[]): Finding {
  const meant = known.find((other) => distanceBetween(name, other) <= LARGEST_SLIP)
  return meant === undefined
    ? warn('.env', `nothing here reads ${name}`, '.env.example lists what there is.')
    : fail('.env', `nothing reads ${name}`, `Is it ${meant}? Correct the name in .env.`)
}

/** Checks .env only: the shell holds variables of many other programs. */
export function checkVariables({ root }: Pick<DoctorContext, 'root'>): Finding[] {
  const text = readEnvText(root)
  const known = knownVariables(root)
  const names = new Set([...text.matchAll(ENTRY)].flatMap(([, name]) => name ?? []))
  const unknown = [...names].filter((name) => !known.includes(name))
  return [...checkLines(text), ...unknown.map((name) => checkName(name, known))]
}
