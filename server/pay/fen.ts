/**
 * Money is a whole number of fen (1/100 yuan), by type: a plain number can't be used as an amount,
 * and an amount can't become a fraction. WeChat Pay counts the same way.
 */

/** A whole number of fen from 0 to MAX_FEN. */
export type Fen = number & { readonly __unit: 'fen' }

/** Amounts are 32-bit integers in WeChat's API. */
export const MAX_FEN = 2_147_483_647

export const ZERO_FEN = 0 as Fen

export const isFen = (value: unknown): value is Fen =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_FEN

/** @throws RangeError for a fraction, a negative number, text, or more than MAX_FEN. */
export function toFen(value: unknown): Fen {
  if (!isFen(value))
    throw new RangeError(`an amount must be a whole number of fen up to ${MAX_FEN}`)
  return value
}

/** @throws RangeError when the product is more than MAX_FEN. */
export const multiplyFen = (price: Fen, quantity: number): Fen => toFen(price * quantity)
