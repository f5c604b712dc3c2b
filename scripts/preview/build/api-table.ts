/**
 * The base library that introduced each wx API, read from the official typings
 * (miniprogram-api-typings, whose comments are the official documentation). So `canIUse`, APIs
 * missing from an old library, and "not built in the preview" need no table of our own.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** API name → the base library that introduced it; '' when it always existed. */
export type ApiTable = Record<string, string>

let table: ApiTable | null = null

function parse(source: string): ApiTable {
  const parsed: ApiTable = {}
  const start = source.indexOf('    interface Wx {')
  let since = ''
  let isComment = false
  for (const line of source.slice(start).split('\n').slice(1)) {
    if (line.trimStart().startsWith('/**')) [isComment, since] = [true, '']
    if (isComment) {
      since = /^\*? ?需要基础库： `([\d.]+)`/.exec(line.trim())?.[1] ?? since
      // Examples inside comments contain braces and names of their own.
      isComment = !line.includes('*/')
      continue
    }
    if (line === '    }') break
    const name = /^ {8}(\w+)\??[(<]/.exec(line)?.[1]
    if (name !== undefined) parsed[name] ??= since
  }
  return parsed
}

/** The table, read only once. */
export function readApiTable(): ApiTable {
  const file = createRequire(__filename).resolve('miniprogram-api-typings/types/wx/lib.wx.api.d.ts')
  table ??= parse(readFileSync(file, 'utf8'))
  return table
}
