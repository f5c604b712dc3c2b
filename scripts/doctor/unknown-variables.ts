/** Finds names in .env that nothing reads: with a misspelt one the default stays in force silently. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvFile } from '../lib/environment'
import type { DoctorContext } from './context'
import { fail, warn } from './finding'
import type { Finding } from './finding'

/** The largest edit distance that counts as a typing error. */
const LARGEST_SLIP = 2

/** .env.example lists every variable of the server and of npm start. */
function knownVariables(root: string): string[] {
  const file = join(root, '.env.example')
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(
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

/** Checks .env only: the shell holds variables of many other programs. */
export function checkUnknownVariables({ root }: DoctorContext): Finding[] {
  const known = knownVariables(root)
  const unknown = Object.keys(readEnvFile(root)).filter((name) => !known.includes(name))
  return unknown.map((name) => {
    const meant = known.find((other) => distanceBetween(name, other) <= LARGEST_SLIP)
    if (meant !== undefined) {
      return fail('.env', `nothing reads ${name}`, `Is it ${meant}? Correct the name in .env.`)
    }
    return warn('.env', `nothing here reads ${name}`, '.env.example lists what there is.')
  })
}
