/**
 * Money is a whole number of fen (1/100 yuan), as in WeChat Pay. The type keeps a plain number from
 * being used as an amount.
 */
import * as z from 'zod'

/** A whole number of fen; what an order has, from 0 to MAX_FEN. */
export type Fen = number & { readonly __unit: 'fen' }

/** Amounts are 32-bit integers in WeChat's API. */
export const MAX_FEN = 2_147_483_647

export const ZERO_FEN = 0 as Fen

const wholeFen = z.int('must be a whole number of fen').min(1, 'must be at least 1 fen')

/** 1 fen or more. */
export const price = wholeFen
  .max(MAX_FEN, `must be at most ${MAX_FEN} fen`)
  .transform((fen) => fen as Fen)

/** At least 1 fen; the upper limit is what is left of the order, checked later. */
export const askedFen = wholeFen.transform((fen) => fen as Fen)
