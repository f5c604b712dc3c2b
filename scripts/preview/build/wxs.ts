/**
 * WXS where it differs from JavaScript: `require` needs the file extension, `constructor` returns
 * the name of the type (`x.constructor === 'Array'`), and patterns are not escaped.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/wxs/06datatype.html
 */

/** Defined before every script: the functions that replace literals and constructors in WXS. */
export const wxsRuntime = `
var getRegExp = (pattern, flags) => new RegExp(pattern, flags)
var getDate = (...parts) => new Date(...parts)
Object.defineProperty(Object.prototype, '__wxsConstructor', {
  configurable: true,
  get() { return Object.prototype.toString.call(this).slice(8, -1) },
})
Q.C = (host, event, listener) => globalThis.__previewListen(host, event, listener)
`

const REQUIRE = /require\(\s*(['"])([^'"]+)\.wxs\1\s*\)/g
const CONSTRUCTOR = /\.constructor\b|\[\s*(['"])constructor\1\s*\]/g

const REGEXP = /getRegExp\(\s*(['"])(?:\\.|(?!\1).)*\1/g

/** Patterns keep their backslashes: WXS writes `'\d'` with one backslash, JavaScript with two. */
const keepBackslashes = (pattern: string): string =>
  pattern.replace(/\\(.)/g, (escape, next: string) =>
    /['"\\]/.test(next) ? escape : `\\${escape}`,
  )

/** The script in the template compiler's format: modules without extension, types by name. */
export function convertWxs(source: string): string {
  return source
    .replace(REQUIRE, 'require($1$2$1)')
    .replace(CONSTRUCTOR, '.__wxsConstructor')
    .replace(REGEXP, keepBackslashes)
}

/** The modules that `script` requires, as paths without extension. */
export function findRequired(script: string, source: string): string[] {
  return [...source.matchAll(REQUIRE)].map((match) => {
    const base = new URL(`file:///${script}`)
    return new URL(match[2] ?? '', base).pathname.slice(1)
  })
}
