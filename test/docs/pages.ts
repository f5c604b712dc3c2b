/** Every page for readers, parsed: code blocks, headings, links, tables, inline code. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { slug } from 'github-slugger'
import { Lexer, walkTokens } from 'marked'
import type { Token } from 'marked'

export const ROOT = join(__dirname, '../..')

interface Block {
  /** The info string of the fence: `ts`, `bash` … */
  lang: string
  text: string
}

interface Heading {
  depth: number
  text: string
  /** The anchor, as GitHub and Gitee generate it; a repeated one gets `-1`, `-2` … */
  anchor: string
}

export interface Page {
  /** Relative to the root, with slashes. */
  file: string
  blocks: Block[]
  headings: Heading[]
  /** Targets of links and pictures. */
  links: string[]
  /** Each cell's text, inline code without its marks; the first row is the head. */
  tables: string[][][]
  inlineCode: string[]
}

function findMarkdown(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : findMarkdown(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** The visible text. */
function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      const inner = 'tokens' in token ? (token.tokens as Token[] | undefined) : undefined
      if (inner !== undefined) return plain(inner)
      return 'text' in token ? unescapeHtml(String(token.text)) : token.raw
    })
    .join('')
}

const unescapeHtml = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')

function take(page: Page, token: Token): void {
  if (token.type === 'code') {
    const [lang = ''] = String(token.lang ?? '').split(' ')
    page.blocks.push({ lang, text: String(token.text) })
  } else if (token.type === 'codespan') {
    page.inlineCode.push(unescapeHtml(String(token.text)))
  } else if (token.type === 'link' || token.type === 'image') {
    page.links.push(String(token.href))
  } else if (token.type === 'heading') {
    const text = plain(token.tokens ?? [])
    page.headings.push({ depth: Number(token.depth), text, anchor: '' })
  } else if (token.type === 'table') {
    const rows = [token.header, ...(token.rows as unknown[])] as { tokens: Token[] }[][]
    page.tables.push(rows.map((row) => row.map((cell) => plain(cell.tokens))))
  }
}

function parsePage(path: string): Page {
  const file = relative(ROOT, join(ROOT, path)).replaceAll('\\', '/')
  const page: Page = { file, blocks: [], headings: [], links: [], tables: [], inlineCode: [] }
  void walkTokens(new Lexer().lex(readFileSync(join(ROOT, path), 'utf8')), (token) =>
    take(page, token),
  )
  const seen = new Map<string, number>()
  for (const heading of page.headings) {
    const base = slug(heading.text)
    const times = seen.get(base) ?? 0
    seen.set(base, times + 1)
    heading.anchor = times === 0 ? base : `${base}-${times}`
  }
  return page
}

/** README, docs/ and the README files of the tools. */
export function readPages(): Page[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  return [...atRoot, ...findMarkdown('docs'), ...findMarkdown('scripts')].map(parsePage)
}

export function readPage(file: string): Page {
  return parsePage(file)
}

/** The table whose header begins with these columns. */
export function findTable(page: Page, ...head: string[]): string[][] {
  const table = page.tables.find(([first = []]) => head.every((name, i) => first[i] === name))
  if (table === undefined) throw new Error(`${page.file} has no table with ${head.join(', ')}`)
  return table.slice(1)
}
