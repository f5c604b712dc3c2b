/** Prices: from the file PAY_CATALOGUE, or from a function of the embedding service. */
import * as z from 'zod'
import { invalidRequest } from '../errors'
import type { UserRecord } from '../store/store'

/** WeChat's limit for `description`. */
const MAX_DESCRIPTION = 127

/** Amounts are 32-bit integers in WeChat's API. */
export const MAX_FEN = 2_147_483_647

/** Money is a whole number of fen (1/100 yuan), as in WeChat Pay. */
const price = z
  .int('must be a whole number of fen')
  .min(1, 'must be at least 1 fen')
  .max(MAX_FEN, `must be at most ${MAX_FEN} fen`)

export interface OrderItem {
  item: string
  /** 1 or more. */
  quantity: number
}

export interface PriceQuote {
  /** Shown on the bill; 1 to 127 characters. */
  description: string
  /** The amount of the whole order; 1 or more. */
  amountFen: number
}

/**
 * What an item costs this user now.
 *
 * @returns null for an item that is not sold. It may throw an ApiError, such as INVALID_REQUEST.
 */
export type Quote = (
  user: UserRecord,
  wanted: OrderItem,
) => Promise<PriceQuote | null> | PriceQuote | null

const itemName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -')

const item = z.strictObject({
  item: itemName,
  description: z.string().min(1).max(MAX_DESCRIPTION),
  priceFen: price,
  maxQuantity: z.int().min(1),
})

export type CatalogueItem = z.infer<typeof item>

export const catalogue = z
  .array(item)
  .min(1, 'must hold at least one item')
  .refine((items) => new Set(items.map((entry) => entry.item)).size === items.length, {
    message: 'names an item twice',
  })
  .refine((items) => items.every((entry) => entry.priceFen * entry.maxQuantity <= MAX_FEN), {
    message: `allows an order of more than ${MAX_FEN} fen`,
  })

export function createCatalogueQuote(items: readonly CatalogueItem[]): Quote {
  const byName = new Map(items.map((entry) => [entry.item, entry]))
  return (_user, { item: name, quantity }) => {
    const found = byName.get(name)
    if (found === undefined) return null
    if (quantity > found.maxQuantity) {
      throw invalidRequest('quantity', `must be at most ${found.maxQuantity} for this item`)
    }
    return { description: found.description, amountFen: found.priceFen * quantity }
  }
}

const quotation = z.object({
  description: z.string().min(1).max(MAX_DESCRIPTION),
  amountFen: price,
})

/** Checks the result of a custom `quote`. Yuan or an empty result is a bug, and then nothing is sold. */
export const parsePriceQuote = (answer: unknown): PriceQuote => quotation.parse(answer)
