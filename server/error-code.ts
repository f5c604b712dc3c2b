/**
 * The code of a thrown value, such as ENOENT or SQLITE_FULL, and `''` without one. Told by the shape: a
 * driver keeps one class of errors for the whole process, also across copies of the module.
 */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}
