/**
 * npm run preview -- --report: opens every page, finds every kind of error, and counts them by
 * cause.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { reportPages, type Report } from '../../../scripts/preview/report/report'
import { describeInBrowser } from '../../support/browser'

const page = (path: string, script = 'Page({})', wxml = '<view>here</view>') => ({
  [`${path}.wxml`]: wxml,
  [`${path}.js`]: script,
})

const uses = (path: string) => JSON.stringify({ usingComponents: { 'a-part': path } })

const files: Record<string, string> = {
  'app.json': JSON.stringify({
    pages: [
      'good/good',
      'asks/asks',
      'thrower/thrower',
      'late/late',
      'faulty/faulty',
      'lacking/lacking',
    ],
    subpackages: [{ root: 'sub', pages: ['deep/deep', 'unused/unused', 'loud/loud'] }],
  }),
  'app.js': 'App({})',
  'project.config.json': JSON.stringify({
    projectname: 'some%20shop',
    condition: { miniprogram: { list: [{ pathName: 'asks/asks', query: 'id=7&of=shop' }] } },
  }),
  ...page(
    'asks/asks',
    "Page({ onLoad({ id, of }) { if (id + of !== '7shop') throw Error('no') } })",
  ),
  ...page('good/good'),
  ...page('thrower/thrower', 'Page({ onLoad() { this.data.list.map(String) } })'),
  ...page('late/late', "Page({ onLoad() { Promise.reject(new Error('too | late')) } })"),
  ...page('faulty/faulty', 'Page({})', '<view>'),
  ...page('lacking/lacking', 'Page({})', '<a-part />'),
  'lacking/lacking.json': uses('/nowhere/part'),
  // Its component has the error.
  ...page('sub/deep/deep', 'Page({})', '<view><a-part/></view>'),
  'sub/deep/deep.json': uses('/broken/part'),
  'broken/part.json': '{"component":true}',
  ...page('broken/part', "throw new Error('no part')"),
  // Declared but not used: the page has no error.
  ...page('sub/unused/unused'),
  'sub/unused/unused.json': uses('/broken/part'),
  ...page('sub/loud/loud', "Page({ onLoad() { console.error('mine') } })"),
}

const OPEN_ALL_WITHIN_MS = 240_000

function writeFiles(contents: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'preview-report-'))
  for (const [file, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), content)
  }
  return dir
}

async function reportQuietly(dir: string, listen?: (text: string) => void): Promise<Report> {
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    listen?.(String(text))
    return true
  })
  const report = await reportPages({ dir, appid: 'wx1' })
  write.mockRestore()
  return report
}

describeInBrowser('the report', () => {
  let dir: string
  let report: Report
  let progress = ''

  beforeAll(async () => {
    dir = writeFiles(files)
    const git = (...parameters: string[]) =>
      execFileSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...parameters])
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '-m', 'first', '--date', '2024-05-06T07:08:09Z')
    const listen = (text: string): void => void (progress += text)
    report = await reportQuietly(dir, listen)
  }, OPEN_ALL_WITHIN_MS)

  afterAll(() => rmSync(dir, { recursive: true }))

  test('counts the pages of all packages, and those that open', () => {
    expect(report).toMatchObject({ pages: 9, opened: 4 })
    const today = new Date().toISOString().slice(0, 10)
    expect(report.markdown).toMatch(
      RegExp(
        `\\| some shop +\\| [0-9a-f]{7,}（[\\d-]{10}） \\| ${today} \\| 9 \\| 4 \\(44%\\) \\| 1 \\|`,
      ),
    )
  })

  test.each([
    ['an exception of a lifecycle', /thrower\/thrower onLoad: TypeError: Cannot read .*`?map/],
    ['an exception that nothing catches', /Error: too \\\| late \| 1 \| late\/late/],
    ['a fault in the WXML, with its place', /faulty\/faulty.wxml:1:2 missing end tag \| 1 \|/],
    [
      'a component that is not there',
      /&lt;a-part>: no component at \/nowhere\/part \| 1 \| lacking/,
    ],
    ['a component that throws', /broken\/part: Error: no part \| 1 \| sub\/deep\/deep/],
  ])('reports %s as the error of the page', (_name, row) => {
    expect(report.markdown).toMatch(row)
  })

  test('reports its progress, one line per page without a terminal', () => {
    expect(progress.trim().split('\n')).toHaveLength(9)
    expect(progress).toMatch(/^9\/9 \S+/m)
  })
})

describeInBrowser('a mini-program that leaves a Promise unhandled at each start', () => {
  const rejects = 'Page({ onLoad() { Promise.reject() } })'
  const contents = {
    'app.json': JSON.stringify({ pages: ['one/one', 'same/same', 'two/two', 'three/three'] }),
    'app.js': 'App({ onShow() { setTimeout(() => Promise.reject()) } })',
    ...page('one/one'),
    ...page('same/same', rejects),
    ...page('two/two'),
    ...page('three/three'),
  }

  test(
    'no page is blamed for it but the one that does the same',
    async () => {
      const dir = writeFiles(contents)
      const report = await reportQuietly(dir)
      rmSync(dir, { recursive: true })
      expect(report).toMatchObject({ pages: 4, opened: 3, startFaults: 1 })
      expect(report.markdown).toContain('不计入页面：`Uncaught undefined`')
      expect(report.markdown).toMatch(/\| Uncaught undefined \| 1 \| same\/same \|/)
    },
    OPEN_ALL_WITHIN_MS,
  )
})
