/**
 * Nickname rules: 1 to 32 graphemes after NFC and trimming, no characters that hide or reorder
 * text.
 */
import * as z from 'zod'

const MAX_GRAPHEMES = 32
/** A longer text can't be 32 reasonable graphemes. */
const MAX_LENGTH = 1024
/**
 * Control characters, line separators, lone surrogates, bidi overrides and isolates, the byte order
 * mark.
 */
const REFUSED = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}\p{Co}]/u

/** WeChat's placeholder for users without a nickname. */
export const ANONYMOUS_NICKNAME = '微信用户'

/** The nickname as it is stored; null when it is invalid. */
export function parseNickname(text: string): string | null {
  if (text.trim().length > MAX_LENGTH) return null
  const nickname = text.trim().normalize('NFC').trim()
  const segments = new Intl.Segmenter('zh', { granularity: 'grapheme' }).segment(nickname)
  const isSound = !REFUSED.test(nickname) && VISIBLE.test(nickname)
  return isSound && [...segments].length <= MAX_GRAPHEMES ? nickname : null
}

export const nicknameSchema = z.string().transform((text, context) => {
  const nickname = parseNickname(text)
  if (nickname !== null) return nickname
  context.addIssue({
    code: 'custom',
    message: `must have 1 to ${MAX_GRAPHEMES} visible characters`,
  })
  return z.NEVER
})
