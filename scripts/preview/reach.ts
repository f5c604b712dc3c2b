/**
 * Limits the hosts that the mini-program can reach: this computer, and hosts that `--allow` names.
 */
import { isLoopback } from './targets'

/** A refused target; the message contains the advice. */
export class RefusedError extends Error {
  constructor({ host }: URL) {
    super(
      `${host} is not on this computer: answer its requests with --mock FILE, or let them through with --allow ${host}`,
    )
  }
}

/** Whether a request may go there. An allowed host without a port is allowed on all ports. */
export function isAllowed(target: URL, allow: readonly string[]): boolean {
  const isKnown = /^(https?|wss?):$/.test(target.protocol)
  const isPlain = target.username === '' && target.password === ''
  const isNamed = allow.includes(target.hostname) || allow.includes(target.host)
  return isLoopback(target) || (isKnown && isPlain && isNamed)
}

/** Throws RefusedError for a target that is neither on this computer nor allowed. */
export function assertAllowed(target: URL, allow: readonly string[]): void {
  if (!isAllowed(target, allow)) throw new RefusedError(target)
}
