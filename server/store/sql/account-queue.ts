/**
 * Runs the calls of one account, or the logins of one person, one after another. In parallel each would
 * hold one of the few connections while it waits for the same row lock.
 */
import { ApiError } from '../../errors'
import type { Deadline } from './deadline'

export class AccountQueue {
  /** The last call of each account, until it has ended. */
  private readonly lastCalls = new Map<string, Promise<unknown>>()

  /** @throws ApiError OVERLOADED at the deadline if the turn has not come, or what `call` throws. */
  async run<T>(accountId: string, deadline: Deadline, call: () => Promise<T>): Promise<T> {
    const before = this.lastCalls.get(accountId)
    const mine = this.runAfter(before, deadline, call)
    this.lastCalls.set(accountId, mine)
    try {
      return await mine
    } finally {
      if (this.lastCalls.get(accountId) === mine) this.lastCalls.delete(accountId)
    }
  }

  private async runAfter<T>(
    before: Promise<unknown> | undefined,
    deadline: Deadline,
    call: () => Promise<T>,
  ): Promise<T> {
    await before?.catch(() => undefined)
    if (before !== undefined && deadline.isNear()) {
      throw new ApiError('OVERLOADED', 'Too many changes of this account are under way.', {
        retryAfterSeconds: 1,
      })
    }
    return call()
  }
}
