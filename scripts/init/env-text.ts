/** Fills in variables of a .env file, line by line: comments and order stay as they are. */
import { parseEnv } from 'node:util'

/** @returns whether the text gives the variable a value. */
export function hasValue(envText: string, name: string): boolean {
  return (parseEnv(envText)[name] ?? '') !== ''
}

/**
 * Takes the # off the variable's line, fills an empty one, or adds one at the end. A variable that
 * has a value keeps it.
 */
export function fillIn(envText: string, name: string, value: string): string {
  if (hasValue(envText, name)) return envText
  const line = `${name}=${value}`
  const place = new RegExp(`^[ \\t]*(?:export[ \\t]+)?#?${name}=.*$`, 'm')
  if (place.test(envText)) return envText.replace(place, () => line)
  const gap = envText === '' || envText.endsWith('\n') ? '' : '\n'
  return `${envText}${gap}${line}\n`
}
