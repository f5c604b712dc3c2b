/** Code in the pages is valid: it compiles with the project's own settings. */
import { TmplGroup } from 'glass-easel-template-compiler'
import * as ts from 'typescript'
import { parseEnvKeys } from './env-keys'
import { readPages } from './pages'
import { typeCheck } from './type-check'
import type { Snippet } from './type-check'

const COMPILE_WITHIN_MS = 60_000

const blocks = readPages().flatMap(({ file, blocks: all }) =>
  all.map((block) => ({ page: file, ...block })),
)
const inLanguages = (...langs: string[]) => blocks.filter(({ lang }) => langs.includes(lang))

function toSnippet({ page, lang, text }: (typeof blocks)[number]): Snippet {
  const path = /^\/\/ ([\w./-]+\.(?:ts|js))\b/.exec(text)?.[1]
  if (!path?.endsWith(lang)) {
    throw new Error(`${page}: a ${lang} block must name its file in its first line:\n${text}`)
  }
  return { page, path, text }
}

it(
  'TypeScript and JavaScript compile',
  () => {
    const snippets = inLanguages('ts', 'js').map(toSnippet)
    expect(snippets.length).toBeGreaterThan(5)
    expect(typeCheck(snippets)).toEqual([])
  },
  COMPILE_WITHIN_MS,
)

it('detects an error', () => {
  const path = 'miniprogram/pages/index/index.ts'
  const text = "import { createAuth } from '../../auth/index'\ncreateAuth({ baseUri: 'x' })\n"
  expect(typeCheck([{ page: 'planted.md', path, text }])).toEqual([
    expect.stringContaining('baseUri'),
  ])
})

/** Whether the file contains a top-level await. */
function waitsAtTopLevel(text: string): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node)) return false
    return ts.isAwaitExpression(node) || ts.forEachChild(node, visit) === true
  }
  return visit(ts.createSourceFile('x.ts', text, ts.ScriptTarget.ES2023))
}

it('a mini-program awaits only inside functions, because WeChat compiles it to CommonJS', () => {
  const isOurs = ({ path }: Snippet) => path.startsWith('miniprogram/')
  const ours = inLanguages('ts', 'js').map(toSnippet).filter(isOurs)
  expect(ours.filter(({ text }) => waitsAtTopLevel(text))).toEqual([])
  expect(waitsAtTopLevel('const user = await auth.ready()')).toBe(true)
})

it('scripts of web pages parse', () => {
  for (const { page, text } of inLanguages('javascript')) {
    const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true })
    expect([page, diagnostics?.map(({ messageText }) => messageText)]).toEqual([page, []])
  }
})

it('JSON parses', () => {
  for (const { text } of inLanguages('json'))
    expect(() => JSON.parse(text) as unknown).not.toThrow()
})

it('WXML compiles', () => {
  for (const { page, text } of inLanguages('html')) {
    const group = new TmplGroup()
    expect([page, group.addTmpl('page', text)]).toEqual([page, []])
    group.free()
  }
})

it('settings have the names that the programs use', () => {
  const known = [...parseEnvKeys(), 'SANDBOX_PORT', 'PREVIEW_PORT', 'WECHAT_UPLOAD_KEY_FILE']
  const named = inLanguages('ini').flatMap(({ text }) =>
    [...text.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name]) => name),
  )
  expect(named.filter((name) => !known.includes(name ?? ''))).toEqual([])
})
