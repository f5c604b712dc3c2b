/** What the features share to read environment variables of their own. */
import * as z from 'zod'
import { IS_EMPTY } from './values'

/** Told what is wrong with a variable: its name and a sentence without its value. */
export type Report = (name: string, message: string) => void

type Kinds = Record<string, z.ZodType>
export type VariablesOf<Own extends Kinds> = { [Name in keyof Own]: z.infer<Own[Name]> }

/** @returns the variables that are right; the faults of the others are reported. */
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
    else for (const { path, message } of error.issues) report(name, [...path, message].join(' '))
  }
  return values as Partial<VariablesOf<Own>>
}

/** What is wrong with a value; the message never holds a part of the value. */
export class ValueFault extends Error {}

/** @param parse throws a ValueFault. */
export const parsedBy = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context): T => {
    try {
      return parse(text)
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      context.addIssue({ code: 'custom', message: error.message })
      return z.NEVER
    }
  })

/** @throws ValueFault with this message for text that is no JSON. */
export function parseJson(text: string, message: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ValueFault(message)
  }
}
