/**
 * Finds in a text what a mini-program's package must never hold, also when it is hidden: written
 * backwards, or as base64. Strings split with `+` are joined by the compiler before they come here.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/security.html
 */

export interface Leak {
  what: string
  /** The first characters only: a report must not spread what it found. */
  start: string
}

const SHOWN_CHARACTERS = 8

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/api\.weixin\.qq\.com/i, "WeChat's server API, which only a backend may call"],
  [/\b[0-9a-f]{32}\b/i, 'a 32-digit hexadecimal string, the form of an AppSecret'],
  [/sandbox-secret-\w+/, "the sandbox's AppSecret"],
  [/\b(app_?secret|jwt_secrets?|data_keys)\b\s*[:=]\s*["'`][^"'`]+/i, 'a named secret'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
]

const reversed = (text: string): string => Array.from(text).reverse().join('')

/** What base64 words in the text say, one a line. */
function decodedWords(text: string): string {
  const words = text.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? []
  return words.map((word) => Buffer.from(word, 'base64').toString('latin1')).join('\n')
}

function findIn(text: string, form: string): Leak[] {
  return PATTERNS.flatMap(([pattern, what]) => {
    const found = pattern.exec(text)?.[0]
    return found === undefined
      ? []
      : [{ what: `${what}${form}`, start: found.slice(0, SHOWN_CHARACTERS) }]
  })
}

/** @param secrets values that are known on this machine and must not be in the package either. */
export function findLeaks(text: string, secrets: readonly string[] = []): Leak[] {
  const forms = [
    [text, ''],
    [reversed(text), ', written backwards'],
    [decodedWords(text), ', as base64'],
  ] as const
  const known = forms.flatMap(([form, name]) =>
    secrets
      .filter((secret) => form.includes(secret))
      .map((secret) => ({ what: `a secret of this machine${name}`, start: secret.slice(0, 2) })),
  )
  return [...forms.flatMap(([form, name]) => findIn(form, name)), ...known]
}
