/** Stores data of WeChat that does not match our rows. Nothing is delivered; an operator must look at it. */
import { hash } from 'node:crypto'
import { insertOnce } from '../store/sql-client'
import type { PayContext } from './context'

export type Source = 'notice' | 'query'

export interface Discrepancy {
  source: Source
  outTradeNo: string
  /** The names of the fields that differ, such as `amount.total`. */
  fields: string[]
  reported: object
}

/** @returns the names of the fields that differ. */
export const differingFields = (isSame: Record<string, boolean>): string[] =>
  Object.keys(isSame).filter((name) => isSame[name] === false)

/** Resolves once it is durable. The same data again is stored and logged as an alert only once. */
export async function saveDiscrepancy(
  { sqlClient, sealer, logger, now }: PayContext,
  { source, outTradeNo, fields, reported }: Discrepancy,
): Promise<void> {
  const text = JSON.stringify(reported)
  const id = hash('sha256', `${source} ${fields.join()} ${text}`)
  const row = {
    id,
    source,
    out_trade_no: outTradeNo,
    fields: fields.join(', '),
    said_sealed: sealer.seal(text, { purpose: 'discrepancy', rowId: id }),
    created_at_ms: now(),
  }
  const isNew = await sqlClient.write((trx) =>
    insertOnce(sqlClient, trx.insertInto('pay_discrepancies').values(row)),
  )
  if (!isNew) return
  const what = `WeChat Pay's ${source} does not fit our order: ${row.fields}`
  logger.error({ alert: true, outTradeNo }, `${what}; it is kept in pay_discrepancies`)
}
