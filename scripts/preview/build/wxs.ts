/**
 * WXS as WeChat runs it, where it differs from JavaScript: `require` names a file with its ending,
 * `constructor` answers the name of the type (`x.constructor === 'Array'`), and patterns are not escaped.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/wxs/06datatype.html
 */

/** Defined before every script: the functions that WXS has instead of literals and constructors. */
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

/** A pattern keeps its backslashes: WXS says `'\d'` with one, JavaScript with two. */
const keepBackslashes = (pattern: string): string =>
  pattern.replace(/\\(.)/g, (escape, next: string) =>
    /['"\\]/.test(next) ? escape : `\\${escape}`,
  )

/** The script as the template compiler takes it: modules without ending, types by name. */
export function convertWxs(source: string): string {
  return source
    .replace(REQUIRE, 'require($1$2$1)')
    .replace(CONSTRUCTOR, '.__wxsConstructor')
    .replace(REGEXP, keepBackslashes)
}

/** The modules that a script below `script` requires, as paths without ending. */
export function findRequired(script: string, source: string): string[] {
  return [...source.matchAll(REQUIRE)].map((match) => {
    const base = new URL(`file:///${script}`)
    return new URL(match[2] ?? '', base).pathname.slice(1)
  })
}
