/** The compilers of the preview: errors by file and line, and scoped styles. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readApiTable } from '../../../../scripts/preview/build/api-table'
import { bundleApp } from '../../../../scripts/preview/build/bundle'
import { convertLengths } from '../../../../scripts/preview/build/lengths'
import { formatProblem } from '../../../../scripts/preview/build/problem'
import { readProject } from '../../../../scripts/preview/build/project'
import { toElementName } from '../../../../scripts/preview/build/tag-names'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'preview-'))
})

afterEach(() => rmSync(dir, { recursive: true }))

const page = {
  'app.json': '{"pages":["pages/a/a"]}',
  'app.ts': 'App({})',
  'pages/a/a.json': '{}',
  'pages/a/a.wxml': '<view>a</view>',
  'pages/a/a.ts': 'Page({})',
}

function write(files: Record<string, string>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), content)
  }
}

async function build(files: Record<string, string>) {
  write({ ...page, ...files })
  return bundleApp(readProject(dir))
}

async function problemsOf(files: Record<string, string>): Promise<string[]> {
  return (await build(files)).problems.map(formatProblem)
}

test('a valid mini-program has no problems', async () => {
  expect(await problemsOf({})).toEqual([])
})

test.each([
  [
    'an unclosed tag',
    'pages/a/a.wxml',
    '<view>\n  <text>a\n</view>',
    'pages/a/a.wxml:2:4 missing end tag',
  ],
  ['a broken binding', 'pages/a/a.wxml', '<view>\n\n{{ a + }}</view>', 'pages/a/a.wxml:3:8 '],
  ['a broken script', 'pages/a/a.ts', 'Page({\n  data: {,},\n})', 'pages/a/a.ts:2:10 '],
  [
    'a missing module',
    'pages/a/a.ts',
    "import './none'\nPage({})",
    'pages/a/a.ts:1:8 module not found: ./none',
  ],
  [
    'a broken style',
    'pages/a/a.wxss',
    '.a {\n  color: red;\n',
    'pages/a/a.wxss:1:1 Unclosed block',
  ],
  ['a missing import', 'pages/a/a.wxss', "\n@import './none.wxss';", 'pages/a/a.wxss:2:1 '],
  ['broken JSON', 'pages/a/a.json', '{\n  "a": 1,\n}', 'pages/a/a.json:'],
  [
    'a missing include',
    'pages/a/a.wxml',
    '<view/>\n<include src="./b.wxml"/>',
    'pages/a/a.wxml:2:',
  ],
  ['a missing wxs', 'pages/a/a.wxml', '<wxs src="./n.wxs" module="n"/>', 'pages/a/n.wxs: file'],
  ['a missing page', 'app.json', '{"pages":["pages/b/b"]}', 'pages/b/b.wxml page has no WXML'],
  [
    'a missing component',
    'pages/a/a.json',
    '{"usingComponents":{"x-y":"/x/y"}}',
    'pages/a/a.json <x-y>: no component at /x/y',
  ],
])('%s is reported with its position', async (_name, file, content, expected) => {
  const problems = await problemsOf({ [file]: content })
  expect(problems.join('\n')).toContain(expected)
})

test('a folder without app.json is reported instead of throwing', () => {
  const empty = mkdtempSync(join(tmpdir(), 'preview-empty-'))
  expect(readProject(empty).problems.map(formatProblem).join()).toContain('has no app.json')
  rmSync(empty, { recursive: true })
})

test('the styles of a page apply on that page, those of a component only inside it', async () => {
  const { css } = await build({
    'app.wxss': 'page { margin: 0 } .a { color: red }',
    'pages/a/a.json': '{"usingComponents":{"my-card":"/c/card"}}',
    'pages/a/a.wxss': 'page .b, button > text { width: 10rpx }',
    'c/card.json': '{"component":true}',
    'c/card.wxml': '<view/>',
    'c/card.ts': 'Component({})',
    'c/card.wxss': ':host { display: block } .b { height: 50vh }',
  })
  expect(css).toContain('wx-page:where([data-route]) { margin: 0 }')
  expect(css).toContain(':where([data-route]) .a')
  expect(css).toMatch(/wx-page:where\(\[data-route="pages\/a\/a"\]\)\s+\.b/)
  expect(css).toMatch(/:where\(\[data-route="pages\/a\/a"\]\)\s+wx-button\s*>\s*wx-text/)
  expect(css).toContain('calc(10 * var(--pv-rpx))')
  expect(css).toContain('[wx-host="c_card"]')
  expect(css).toContain('.c_card--b { height: calc(50 * var(--pv-vh)) }')
})

test('screen lengths become lengths of the phone', () => {
  expect(convertLengths('-7.5rpx 1px')).toBe('calc(-7.5 * var(--pv-rpx)) 1px')
  expect(convertLengths('calc(100vh - env(safe-area-inset-bottom))')).toBe(
    'calc(calc(100 * var(--pv-vh)) - var(--pv-safe-bottom))',
  )
})

test('built-ins get their prefix, components keep their name', () => {
  expect(['form', 'scroll-view', 'login-button', 'wx-x'].map(toElementName)).toEqual([
    'wx-form',
    'wx-scroll-view',
    'login-button',
    'wx-x',
  ])
})

test('the official typings tell which base library introduced an API', () => {
  const table = readApiTable()
  expect(Object.keys(table).length).toBeGreaterThan(400)
  expect(table).toMatchObject({
    login: '',
    getUserProfile: '2.10.4',
    getAppBaseInfo: '2.20.1',
    onNeedPrivacyAuthorization: '2.32.3',
  })
})
