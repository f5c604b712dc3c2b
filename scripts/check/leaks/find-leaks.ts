/**
 * Searches a text for what a mini-program's package must never contain, even when it is obfuscated:
 * reversed, in base64 (also twice, or reversed), in hexadecimal, or split into several strings.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/security.html
 */

export interface Leak {
  what: string
  /** The first characters only: a report must not expose what it found. */
  start: string
}

const SHOWN_CHARACTERS = 8
const SHOWN_OF_KNOWN = 2
/** A shorter part of a secret may occur by chance. */
const PIECE_CHARACTERS = 12
const APPSECRET_DIGITS = 32

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/api\.weixin\.qq\.com/i, "WeChat's server API, which only a backend may call"],
  [
    /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i,
    'a 32-digit hexadecimal string, the form of an AppSecret',
  ],
  [/sandbox-secret-\w+/, "the sandbox's AppSecret"],
  [/\b(app_?secret|jwt_secrets?|data_keys)\b["']?\s*[:=]\s*["'`][^"'`]+/i, 'a named secret'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
]

const reversed = (text: string): string => Array.from(text).reverse().join('')

const decode = (words: readonly string[], encoding: 'base64' | 'hex'): string =>
  words.map((word) => Buffer.from(word, encoding).toString('latin1')).join('\n')

/** The decoded base64 words in the text, one per line. */
const fromBase64 = (text: string): string =>
  decode(text.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? [], 'base64')

/** The decoded pairs of hexadecimal digits; a trailing odd digit is dropped. */
const fromHex = (text: string): string => decode(text.match(/(?:[0-9a-f]{2}){8,}/gi) ?? [], 'hex')

/** Joins adjacent hexadecimal strings when together they form an AppSecret. */
function joinedDigits(text: string): string {
  const strings = [...text.matchAll(/(["'`])([^"'`\n]*)\1/g)].map(([, , inner]) => inner ?? '')
  const joined: string[] = []
  for (const [first] of strings.entries()) {
    let word = ''
    for (const inner of strings.slice(first)) {
      if (!/^[0-9a-f]+$/i.test(inner) || word.length >= APPSECRET_DIGITS) break
      word += inner
    }
    if (word.length === APPSECRET_DIGITS) joined.push(word)
  }
  return joined.join('\n')
}

/** The text itself and each of its decodings. */
function formsOf(text: string): readonly (readonly [string, string])[] {
  const backwards = reversed(text)
  const base64 = fromBase64(text)
  return [
    [text, ''],
    [backwards, ', written backwards'],
    [base64, ', as base64'],
    [fromBase64(base64), ', as base64 of base64'],
    [reversed(base64), ', as base64, written backwards'],
    [fromBase64(backwards), ', as base64 written backwards'],
    [fromHex(text), ', as hexadecimal'],
    [joinedDigits(text), ', cut into several strings'],
    [joinedDigits(backwards), ', cut into several strings, written backwards'],
  ]
}

function findPatterns(text: string, form: string): Leak[] {
  return PATTERNS.flatMap(([pattern, what]) => {
    const found = pattern.exec(text)?.[0]
    return found === undefined
      ? []
      : [{ what: `${what}${form}`, start: found.slice(0, SHOWN_CHARACTERS) }]
  })
}

/**
 * Finds the secret or a part of it: when it is cut in two, one half is at least as long as a part.
 */
function holds(text: string, secret: string): boolean {
  if (text.includes(secret)) return true
  for (let at = 0; at + PIECE_CHARACTERS <= secret.length; at += 1) {
    if (text.includes(secret.slice(at, at + PIECE_CHARACTERS))) return true
  }
  return false
}

/** @param secrets values known on this machine that must not be in the package either. */
export function findLeaks(text: string, secrets: readonly string[] = []): Leak[] {
  const leaks = formsOf(text).flatMap(([form, name]) => [
    ...findPatterns(form, name),
    ...secrets
      .filter((secret) => holds(form, secret))
      .map((secret) => ({
        what: `a secret of this machine${name}`,
        start: secret.slice(0, SHOWN_OF_KNOWN),
      })),
  ])
  return [...new Map(leaks.map((leak) => [leak.what + leak.start, leak])).values()]
}
