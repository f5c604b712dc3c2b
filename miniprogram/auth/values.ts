/** Reads values of unknown type: answers of a server, records of the storage, results of WeChat's APIs. */

/**
 * Undefined for a value that is neither a text nor a number, and for inherited names such as
 * `constructor`, which may be a code of another backend.
 */
export function findText(texts: Record<string, unknown>, key: unknown): string | undefined {
  const text = texts[key as string]
  return isText(text) || typeof text === 'number' ? String(text) : undefined
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The fields of a value; none if it is not an object. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

/** True for a text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
