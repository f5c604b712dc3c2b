/** The planted bugs still fit the sources, and a failure counts as caught for the right reason only. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUGS } from '../../scripts/planted/bugs'
import { plant } from '../../scripts/planted/project-copy'
import { judge } from '../../scripts/planted/run-test'

const ROOT = join(__dirname, '../..')

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'planted-test-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('there are twelve, each with a name of its own', () => {
  expect(new Set(BUGS.map(({ name }) => name)).size).toBe(12)
})

it.each(BUGS.map((bug) => [bug.name, bug] as const))(
  '%s: what it changes is there exactly once, and so is its test’s file',
  (_name, { edits, test }) => {
    for (const { file, find } of edits) {
      const found = readFileSync(join(ROOT, file), 'utf8').split(find).length - 1
      expect([file, find, found]).toEqual([file, find, 1])
    }
    expect(readFileSync(join(ROOT, test.file), 'utf8')).not.toBe('')
  },
)

describe('planting', () => {
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  beforeEach(() => {
    writeFileSync(join(dir, 'a.ts'), 'one two three two')
    writeFileSync(join(dir, 'b.ts'), 'four')
  })

  it('makes every change, and takes them back', () => {
    const takeBack = plant(dir, [
      { file: 'a.ts', find: 'one', replace: 'uno' },
      { file: 'a.ts', find: 'three', replace: 'tre' },
      { file: 'b.ts', find: 'four', replace: '$&' },
    ])
    expect([read('a.ts'), read('b.ts')]).toEqual(['uno two tre two', '$&'])
    takeBack()
    expect([read('a.ts'), read('b.ts')]).toEqual(['one two three two', 'four'])
  })

  it.each([
    ['two', 'there 2 times'],
    ['five', 'not there'],
  ])('of %s changes nothing and says why', (find, why) => {
    const edits = [
      { file: 'b.ts', find: 'four', replace: 'x' },
      { file: 'a.ts', find, replace: 'x' },
    ]
    expect(() => plant(dir, edits)).toThrow(`a.ts: the text to change is ${why}`)
    expect(read('b.ts')).toBe('four')
  })
})

describe('the judgement', () => {
  const reportOf = (status: string, failure = '', fullName = 'is good') => ({
    testResults: [
      { message: '', assertionResults: [{ fullName, status, failureMessages: [failure] }] },
    ],
  })

  it.each([
    ['passed', '', 'passed'],
    ['failed', 'Error: expect(received).toBe(expected)', 'failed'],
    ['failed', 'TypeError: x is not a function', 'broken'],
    ['failed', 'thrown: "Exceeded timeout of 5000 ms for a test."', 'broken'],
    ['pending', '', 'broken'],
  ])('of a test that %s with "%s" is %s', (status, failure, kind) => {
    expect(judge(reportOf(status, failure), 'is good').kind).toBe(kind)
  })

  it('takes no other test for the one that is named', () => {
    expect(judge(reportOf('passed', '', 'is good, too'), 'is good')).toEqual({
      kind: 'broken',
      message: 'no test is called "is good"',
    })
  })

  it('passes on why a file could not be run', () => {
    const report = { testResults: [{ message: 'SyntaxError: …', assertionResults: [] }] }
    expect(judge(report, 'is good')).toEqual({ kind: 'broken', message: 'SyntaxError: …' })
  })
})
