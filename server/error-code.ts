/**
 * Reads a field of a thrown value. We don't use `instanceof`, because a driver throws one class of
 * errors in the whole process, even if its module is loaded more than once.
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
