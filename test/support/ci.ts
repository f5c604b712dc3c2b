/** In CI a test whose server, browser or compiler is missing fails; elsewhere it is skipped, and the run says so. */
export const isInCi = (): boolean => (process.env['CI'] ?? '') !== ''
