/** Reads environment variables: the server's own, and those of features. */
import * as z from 'zod'

/** Called with each fault: the variable's name, and a sentence without its value. */
export type Report = (name: string, message: string) => void

/** An empty value is an error, since a secret that was lost in deployment would silently turn a feature off. */
const IS_EMPTY = 'is empty: give it a value, or leave it out'

/** Names a position in a list, such as `[0].price`. Empty for an object, because its keys may be secret. */
function pathOf([index, ...names]: readonly PropertyKey[]): string {
  return typeof index === 'number' ? [`[${index}]`, ...names].join('.') : ''
}

type Kinds = Record<string, z.ZodType>
export type VariablesOf<Own extends Kinds> = { [Name in keyof Own]: z.infer<Own[Name]> }

/**
 * Parses each variable separately, so that one invalid variable does not hide the errors of the others.
 * @returns the valid variables; the faults of the others are reported.
 */
export function parseVariables<Own extends Kinds>(
  kinds: Own,
  env: NodeJS.ProcessEnv,
  report: Report,
): Partial<VariablesOf<Own>> {
  const values: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(kinds)) {
    const text = env[name]
    const { success, data, error } = kind.safeParse(text)
    if (success) values[name] = data
    else if (text === undefined) report(name, 'is missing')
    else if (text === '') report(name, IS_EMPTY)
    else for (const { path, message } of error.issues) report(name + pathOf(path), message)
  }
  return values as Partial<VariablesOf<Own>>
}

/** What is wrong with a value; the message never holds a part of the value. */
export class InvalidValueError extends Error {}

/** @param parse throws an InvalidValueError. */
export const parsedBy = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context): T => {
    try {
      return parse(text)
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
      return z.NEVER
    }
  })

/** @throws InvalidValueError with this message for text that is not JSON. */
export function parseJson(text: string, message: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidValueError(message)
  }
}
