/**
 * Group commit for a database server: items that arrive while others are being written go with the next
 * statement, so that many share one round trip and one commit. Each of these costs more than a login does.
 */
import type { Deadline } from './deadline'
import { ConnectionError } from './classify-error'

/** Bounds how long the server works on one statement. */
const MAX_BATCH = 64
/** With two, a hanging connection delays only its own batch. */
const MAX_IN_PROGRESS = 2

interface BatchOptions<Item, Result> {
  /** One statement for all items; its results are in their order. */
  write: (items: Item[], deadline: Deadline) => Promise<Result[]>
  /** True for an error that one item caused; then each item is written alone. */
  isOfOneItem: (error: unknown) => boolean
}

interface Waiting<Item, Result> {
  item: Item
  deadline: Deadline
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

export class Batches<Item, Result> {
  private waiting: Waiting<Item, Result>[] = []
  private inProgress = 0

  constructor(private readonly options: BatchOptions<Item, Result>) {}

  /** Resolves with the item's own result; rejects with what `write` threw, or at the deadline. */
  write(item: Item, deadline: Deadline): Promise<Result> {
    let mine: Waiting<Item, Result>
    const written = new Promise<Result>((resolve, reject) => {
      mine = { item, deadline, resolve, reject }
      this.waiting.push(mine)
      if (this.inProgress < MAX_IN_PROGRESS) void this.writeAll()
    })
    return deadline.inTime(written, () => {
      // A timer may fire a moment before its time, and then the deadline is not yet over.
      this.waiting = this.waiting.filter((one) => one !== mine)
      return new ConnectionError('it was not written in time')
    })
  }

  private async writeAll(): Promise<void> {
    this.inProgress += 1
    // Other items of this turn join the batch.
    await new Promise(setImmediate)
    for (let batch = this.takeBatch(); batch.length > 0; batch = this.takeBatch()) {
      await this.writeBatch(batch)
    }
    this.inProgress -= 1
  }

  private takeBatch(): Waiting<Item, Result>[] {
    // The callers of the others have given up.
    this.waiting = this.waiting.filter(({ deadline }) => deadline.leftMs() > 0)
    return this.waiting.splice(0, MAX_BATCH)
  }

  private async writeBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    // The longest deadline, because one item that has waited must not fail the others.
    const longest = batch
      .map(({ deadline }) => deadline)
      .reduce((one, other) => (one.leftMs() > other.leftMs() ? one : other))
    const items = batch.map(({ item }) => item)
    try {
      const results = await this.options.write(items, longest)
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as Result)
      })
    } catch (error) {
      if (batch.length > 1 && this.options.isOfOneItem(error)) {
        for (const one of batch) await this.writeBatch([one])
      } else {
        for (const { reject } of batch) reject(error)
      }
    }
  }
}
