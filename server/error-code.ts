/**
 * Reads a field of a thrown value. `instanceof` can fail: if a driver is loaded twice, its native part
 * still throws the first copy's error class.
 */
export const fieldOf = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null
    ? (error as Partial<Record<string, unknown>>)[name]
    : undefined

/** The code of a thrown value, such as ENOENT or SQLITE_FULL; `''` without one. */
export function codeOf(error: unknown): string {
  const code = fieldOf(error, 'code')
  return typeof code === 'string' ? code : ''
}
