/** Fills in variables of a .env file, line by line: comments and order stay as they are. */
import { parseEnv } from 'node:util'
import { UserError } from '../lib/user-error'

/** @returns whether the text gives the variable a value. */
export function hasValue(envText: string, name: string): boolean {
  return (parseEnv(envText)[name] ?? '') !== ''
}

/**
 * The last line that sets the variable, because the last one wins; else a commented one without a
 * value.
 */
function findPlace(envText: string, name: string): RegExpExecArray | undefined {
  const active = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'gm')
  const commented = new RegExp(`^[ \\t]*#${name}=[ \\t]*$`, 'gm')
  return [...envText.matchAll(active)].at(-1) ?? [...envText.matchAll(commented)].at(-1)
}

/**
 * Fills the variable's empty line, uncomments one, or adds one at the end. A variable with a value
 * keeps it, and so does a comment with a value: it may hold a key that is still needed.
 *
 * @throws UserError when no line of the result would set the variable.
 */
export function fillIn(envText: string, name: string, value: string): string {
  if (hasValue(envText, name)) return envText
  const line = `${name}=${value}`
  const place = findPlace(envText, name)
  const gap = envText === '' || envText.endsWith('\n') ? '' : '\n'
  const filled =
    place === undefined
      ? `${envText}${gap}${line}\n`
      : envText.slice(0, place.index) + line + envText.slice(place.index + place[0].length)
  if (parseEnv(filled)[name] === value) return filled
  throw new UserError(
    `.env can't be filled in: ${name} would not be set. Look for a quote that is not closed, and run ` +
      'this again. Nothing was written.',
  )
}
