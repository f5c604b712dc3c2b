/** Relative links lead to existing files, anchors to headings, and `npm run …` to scripts. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { readPages, ROOT } from './pages'
import type { Page } from './pages'

const pages = readPages()

/** The error in a link, or null. */
function faultOf(page: Page, link: string): string | null {
  if (/^(https?:|mailto:)/.test(link)) return null
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page.file : join(dirname(page.file), decodeURI(path))
  if (relative(ROOT, join(ROOT, target)).startsWith('..')) return `${link}: outside the project`
  if (!existsSync(join(ROOT, target))) return `${link}: no such file`
  if (anchor === undefined) return null
  if (statSync(join(ROOT, target)).isDirectory()) return `${link}: a folder has no headings`
  const headings = pages.find(({ file }) => file === target)?.headings ?? []
  const found = headings.some((heading) => heading.anchor === decodeURI(anchor))
  return found ? null : `${link}: no such heading`
}

it('reads the pages', () => {
  expect(pages.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['README.md', 'README.en.md', 'docs/README.md', 'docs/sandbox.md']),
  )
})

it.each(pages.map((page) => [page.file, page] as const))(
  'the links of %s are valid',
  (_file, page) => {
    expect(page.links.map((link) => faultOf(page, link)).filter((fault) => fault !== null)).toEqual(
      [],
    )
  },
)

it('every page under docs/ can be reached from docs/README.md', () => {
  const reached = new Set(['docs/README.md'])
  for (const file of reached) {
    const page = pages.find((candidate) => candidate.file === file)
    for (const link of page?.links ?? []) {
      const [path = ''] = link.split('#')
      const target = join(dirname(file), decodeURI(path))
      if (pages.some((candidate) => candidate.file === target)) reached.add(target)
    }
  }
  const lost = pages.map(({ file }) => file).filter((file) => file.startsWith('docs/'))
  expect(lost.filter((file) => !reached.has(file))).toEqual([])
})

it('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const named = pages.flatMap(({ file, blocks, inlineCode }) =>
    [...blocks.map(({ text }) => text), ...inlineCode]
      .flatMap((text) => [...text.matchAll(/npm run ([a-z][a-z:-]*)/g)])
      .map(([, name = '']) => ({ file, name })),
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([])
})
