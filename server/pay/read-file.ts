/** Files that PAY_* variables name. What can't be read is reported and never shown. */
import { readFileSync } from 'node:fs'

type Report = (message: string) => void

export function readTextFile(file: string, report: Report): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    report('names a file that this user cannot read')
    return null
  }
}

/** @returns undefined when there is no JSON to read. */
export function readJsonFile(file: string, report: Report): unknown {
  const text = readTextFile(file, report)
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    report('must be a JSON file')
    return undefined
  }
}

/** A PEM as it is, with `\n` written out as a shell or a panel stores it, or the name of its file. */
export function readPem(text: string, report: Report): string | null {
  return text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : readTextFile(text, report)
}
