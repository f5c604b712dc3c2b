/** Reads fields of answers, which may have any type. */
import { isObject, isText } from '../values'

/** Undefined for an empty text and for any other type. */
export function readText(value: unknown): string | undefined {
  return isText(value) ? value : undefined
}

export function readUser(value: unknown): object | undefined {
  return isObject(value) ? value : undefined
}
