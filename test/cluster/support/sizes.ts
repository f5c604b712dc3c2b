/**
 * `CLUSTER=full` runs everything, for the nightly workflow; `npm run test:all` runs a short form of
 * two minutes.
 */
export const IS_FULL = process.env['CLUSTER'] === 'full'

export const sizeOf = <T>({ long, short }: { long: T; short: T }): T => (IS_FULL ? long : short)
