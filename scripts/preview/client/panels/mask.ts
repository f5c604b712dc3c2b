/**
 * Masks secrets before anything is shown or stored: of tokens, codes, keys, encrypted data and
 * phone numbers only the first characters and the length stay.
 */

const secretNames =
  /^(authorization|token|.*_?token|secret|appsecret|session_?key|encrypteddata|iv|signature|js_code|openid|unionid|phone|purephonenumber|phonenumber|cookie|set-cookie)$/i
/** A token inside a text. */
const tokenInText = /\beyJ[\w-]+\.[\w-]+\.[\w-]+|\bBearer \S+/g
const SHOWN_CHARACTERS = 6

function maskText(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return '••••'
  return `${text.slice(0, SHOWN_CHARACTERS)}••••（${text.length} 个字符）`
}

/** Error codes such as WX_CODE_USED are not secret, codes of WeChat are. */
const isSecret = (name: string, value: string): boolean =>
  secretNames.test(name) || (name === 'code' && !/^[A-Z][A-Z_]+$/.test(value))

/** A copy of `value` without readable secrets. JSON inside texts is masked too. */
export function mask(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (isSecret(name, value)) return maskText(value)
    if (/^\s*[[{]/.test(value)) {
      try {
        return mask(JSON.parse(value))
      } catch {
        // It was not JSON.
      }
    }
    return value.replace(tokenInText, maskText)
  }
  if (Array.isArray(value)) return value.map((item) => mask(item, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, key)]))
}
