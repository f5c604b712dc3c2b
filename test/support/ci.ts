/**
 * A test whose server, browser or compiler is missing fails in CI; elsewhere it is skipped with a
 * message.
 */
export const isInCi = (): boolean => (process.env['CI'] ?? '') !== ''
