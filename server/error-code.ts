/**
 * What a thrown value says. Told by its shape: a driver keeps one class of errors for the whole process,
 * also across copies of the module.
 */
export const fieldOf = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null
    ? (error as Partial<Record<string, unknown>>)[name]
    : undefined

/** Such as ENOENT or SQLITE_FULL; `''` without one. */
export function codeOf(error: unknown): string {
  const code = fieldOf(error, 'code')
  return typeof code === 'string' ? code : ''
}
