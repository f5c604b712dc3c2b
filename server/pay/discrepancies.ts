/** Keeps what WeChat said and what does not fit our rows: nothing is delivered, a person must look. */
import { createHash } from 'node:crypto'
import type { Logger } from '../logger'
import type { Sealer } from '../sealing'
import type { PaySql } from './tables'

export type Source = 'notice' | 'query'

export interface Discrepancy {
  source: Source
  outTradeNo: string
  /** The names of what differs, such as `amount.total`. */
  fields: string[]
  said: object
}

/** Resolves once it is durable; the same thing said again is kept and alerted once. */
export type KeepDiscrepancy = (discrepancy: Discrepancy) => Promise<void>

export function createKeepDiscrepancy(deps: {
  sql: PaySql
  sealer: Sealer
  logger: Logger
  now: () => number
}): KeepDiscrepancy {
  const { sql, sealer, logger, now } = deps

  return async ({ source, outTradeNo, fields, said }) => {
    const text = JSON.stringify(said)
    const id = createHash('sha256').update(`${source} ${fields.join()} ${text}`).digest('hex')
    const row = {
      id,
      source,
      out_trade_no: outTradeNo,
      fields: fields.join(', '),
      said_sealed: sealer.seal(text, { purpose: 'discrepancy', rowId: id }),
      created_at_ms: now(),
    }
    const isNew = await sql.write(async (trx) => {
      const insert = trx.insertInto('pay_discrepancies').values(row)
      const once =
        sql.engine === 'mysql'
          ? insert.ignore()
          : insert.onConflict((conflict) => conflict.doNothing())
      const { numInsertedOrUpdatedRows = 0n } = await once.executeTakeFirst()
      return numInsertedOrUpdatedRows > 0n
    })
    if (!isNew) return
    const what = `WeChat Pay's ${source} does not fit our order: ${row.fields}`
    logger.error({ alert: true, outTradeNo }, `${what}; it is kept in pay_discrepancies`)
  }
}
