/** The two READMEs match: headings, commands, code and links come in the same order. */
import { readPage } from './pages'
import type { Page } from './pages'

const chinese = readPage('README.md')
const english = readPage('README.en.md')

/** Without comments, because their language differs. */
const withoutComments = (text: string): string =>
  text.replace(/\s+(#|\/\/) .*$/gm, '').replaceAll(/文件|FILE|目录|PATH/g, '…')

const shape = ({ headings, blocks, links, inlineCode, tables }: Page) => ({
  headings: headings.map(({ depth }) => depth),
  blocks: blocks
    .filter(({ lang }) => lang !== '')
    .map(({ lang, text }) => [lang, withoutComments(text)]),
  links: links.filter((link) => !/^README(\.en)?\.md$/.test(link)),
  commands: inlineCode.map(withoutComments).filter((code) => /^(npm|node) /.test(code)),
  tables: tables.map((rows) => rows.map(([first = '']) => withoutComments(first)).slice(1)),
})

it('the twins have the same headings, code, links, commands and tables', () => {
  expect(chinese.blocks.length).toBeGreaterThan(1)
  expect(shape(english)).toEqual(shape(chinese))
})

it('each links to the other first', () => {
  expect(chinese.links[0]).toBe('README.en.md')
  expect(english.links[0]).toBe('README.md')
})
