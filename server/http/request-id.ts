/** The id that an answer and its lines in the log share: the caller's own, or a new one. */
import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/
const ID_BYTES = 16

/** Asking the generator for many at once costs as much as asking for one. */
const IDS_AT_ONCE = 256
const random = Buffer.alloc(ID_BYTES * IDS_AT_ONCE)
let next = random.length

/** 32 hexadecimal digits, in one piece: a UUID is twenty small strings until somebody reads it. */
function newId(): string {
  if (next === random.length) {
    randomFillSync(random)
    next = 0
  }
  next += ID_BYTES
  return random.toString('hex', next - ID_BYTES, next)
}

export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : newId()
}
