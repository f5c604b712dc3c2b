/** Which nicknames are valid: 1 to 32 graphemes after NFC and trimming, no characters that hide or reorder text. */

const MAX_GRAPHEMES = 32
/** A longer text can't be 32 sensible graphemes, and is expensive to normalise and to segment. */
const MAX_UTF16_UNITS = 1024
/**
 * Control characters, line and paragraph separators, bidi overrides and isolates, BOM. Private-use characters
 * are allowed, because WeChat's old emoji use them; so are direction marks, which end names in Arabic.
 */
const REFUSED = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}\p{Co}]/u
const segmenter = new Intl.Segmenter('zh', { granularity: 'grapheme' })

/** The nickname that WeChat gives for people who have none. */
export const ANONYMOUS_NICKNAME = '微信用户'

/** The nickname as it is stored, or what is wrong with it. */
export function parseNickname(
  text: string,
): { nickname: string; fault: null } | { nickname: null; fault: string } {
  const refuse = (fault: string) => ({ nickname: null, fault })
  if (!text.isWellFormed()) return refuse('must be well-formed Unicode')
  const trimmed = text.trim()
  if (trimmed.length > MAX_UTF16_UNITS) return refuse(`must have 1 to ${MAX_GRAPHEMES} characters`)
  const nickname = trimmed.normalize('NFC').trim()
  if (REFUSED.test(nickname)) return refuse('must not hold control or direction characters')
  const graphemes = [...segmenter.segment(nickname)].length
  if (graphemes < 1 || graphemes > MAX_GRAPHEMES || !VISIBLE.test(nickname)) {
    return refuse(`must have 1 to ${MAX_GRAPHEMES} visible characters`)
  }
  return { nickname, fault: null }
}
