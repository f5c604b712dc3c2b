/** The id that an answer and its log lines share: the caller's own if well-formed, else a new one. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/

export function requestIdOf(req: Pick<IncomingMessage, 'headers'>): string {
  const given = req.headers['x-request-id']
  if (typeof given === 'string' && WELL_FORMED.test(given)) return given
  return randomUUID().replaceAll('-', '')
}
