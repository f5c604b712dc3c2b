/** SECURITY.md and docs/asvs.md name tests: each of them exists, and each row names one. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ts from 'typescript'
import { findTable, readPage, ROOT } from '../docs/pages'

const security = readPage('SECURITY.md')
const asvs = readPage('docs/asvs.md')

/** `it(…)`, `it.each(…)(…)`: what is called is named it or test at its beginning. */
function isTestCall(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'it' || callee.text === 'test'
  if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee))
    return isTestCall(callee.expression)
  return false
}

/** What a template fills in is written … in the documents. */
function titleOf(argument: ts.Expression | undefined): string | null {
  if (argument === undefined) return null
  if (ts.isStringLiteralLike(argument)) return argument.text
  if (!ts.isTemplateExpression(argument)) return null
  return (
    argument.head.text + argument.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
  )
}

const known = new Map<string, Set<string>>()
function titlesIn(file: string): Set<string> {
  const before = known.get(file)
  if (before !== undefined) return before
  const titles = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTestCall(node.expression)) {
      const title = titleOf(node.arguments[0])
      if (title !== null) titles.add(title)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2022))
  known.set(file, titles)
  return titles
}

/** `test/…/x.test.ts: title`, or the file alone for all of it. */
function faultOf(name: string): string | null {
  const [, file = '', title] = /^(test\/[\w/.-]+\.test\.ts)(?:: (.+))?$/.exec(name) ?? []
  if (file === '' || !existsSync(join(ROOT, file))) return `${name}: no such file`
  const titles = titlesIn(file)
  if (title === undefined) return titles.size > 0 ? null : `${name}: has no test`
  return titles.has(title) ? null : `${name}: no such test`
}

const testsIn = (text: string) => text.match(/test\/[\w/-]+\.test\.ts/g) ?? []
const named = [...security.inlineCode, ...asvs.inlineCode].filter((code) =>
  code.startsWith('test/'),
)

it('every test that the documents name exists', () => {
  expect(named.length).toBeGreaterThan(80)
  expect(named.map(faultOf).filter((fault) => fault !== null)).toEqual([])
})

it('sees a name that is wrong', () => {
  expect(faultOf('test/security/nothing.test.ts')).toMatch(/no such file/)
  expect(faultOf('test/security/fuzz.test.ts: is not tested')).toMatch(/no such test/)
  expect(
    faultOf('test/server/login.test.ts: %j answers %s, and never says what WeChat said'),
  ).toBeNull()
})

it('each row of the threat model has an asset, an attacker, an attack, a defence and a test', () => {
  const rows = findTable(security, 'Asset', 'Attacker', 'Attack', 'Defence', 'Test')
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) {
    expect([row, row.filter((cell) => cell.trim() !== '').length]).toEqual([row, 5])
    expect([row, testsIn(row[4] ?? '').length > 0]).toEqual([row, true])
  }
})

it('each line of ASVS is numbered as the standard numbers it, once and in order, and names its test', () => {
  const rows = asvs.tables
    .filter(([head = []]) => head[0] === 'No.')
    .flatMap((table) => table.slice(1))
  const numbers = rows.map(([number = '']) => number)
  expect(rows.length).toBeGreaterThan(80)
  expect(numbers.filter((number) => !/^(?:[1-9]|1[0-7])\.\d{1,2}\.\d{1,2}$/.test(number))).toEqual(
    [],
  )
  const asNumber = (number: string) =>
    number.split('.').reduce((sum, part) => sum * 100 + Number(part), 0)
  expect([...new Set(numbers)].sort((a, b) => asNumber(a) - asNumber(b))).toEqual(numbers)
  for (const row of rows) {
    expect([row[0], row[1]]).toEqual([row[0], expect.stringMatching(/^[12]$/)])
    expect([row[0], testsIn(row[3] ?? '').length > 0]).toEqual([row[0], true])
  }
})
