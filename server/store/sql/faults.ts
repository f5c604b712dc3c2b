/** What can go wrong between this process and a database server, and what follows from it. */

/** The connection is of no use any more; what became of the statement under way is unknown. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault'
}

/** Another transaction changed what this one stands on: run it again, it has changed nothing. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/**
 * - `conflict`: the database undid the transaction because of another one; run it again.
 * - `lost`: the connection broke; run it again unless it was committing.
 * - `storage`: the database can't do it now: full, read-only, locked, shutting down.
 * - `setup`: it never will until somebody mends the account, the database or its rights.
 * - null: a bug of ours.
 */
export type Fault = 'conflict' | 'lost' | 'storage' | 'setup' | null

/** A property of whatever was thrown; drivers' errors are told by their shape. */
export function fieldOf(error: unknown, name: 'code' | 'errno' | 'severity' | 'fatal'): unknown {
  if (typeof error !== 'object' || error === null) return undefined
  return (error as Partial<Record<string, unknown>>)[name]
}
