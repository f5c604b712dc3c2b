/** `CLUSTER=full` tries all of it, for nightly; `npm run test:all` a short form of two minutes. */
export const IS_FULL = process.env['CLUSTER'] === 'full'

export const sizeOf = <T>({ long, short }: { long: T; short: T }): T => (IS_FULL ? long : short)
