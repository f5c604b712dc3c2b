/**
 * Who calls a 云函数, by the connection inside this process that carries the call: nothing that is written
 * in a request can change it.
 */
import type { Duplex } from 'node:stream'
import type { SenderFields } from './sender'

const senders = new WeakMap<Duplex, SenderFields>()

export function setFunctionSender(connection: Duplex, fields: SenderFields): void {
  senders.set(connection, fields)
}

/** Null for a connection that came through a port. */
export const findFunctionSender = (connection: Duplex): SenderFields | null =>
  senders.get(connection) ?? null
