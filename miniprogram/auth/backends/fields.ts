/** Fields of answers that may have any type. */
import { isObject } from '../errors'

/** Undefined for what is no text, or empty. */
export function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function readUser(value: unknown): object | undefined {
  return isObject(value) ? value : undefined
}
