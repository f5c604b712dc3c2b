/** The id that an answer and its lines in the log share: the caller's own, or a new one. */
import type { IncomingMessage } from 'node:http'
import { createRandomPool } from '../random-pool'

const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/
const ID_BYTES = 16

const draw = createRandomPool(ID_BYTES)

/** A new one is in one piece: a UUID is twenty small strings until somebody reads it. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : draw().toString('hex')
}
