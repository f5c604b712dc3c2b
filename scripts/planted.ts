/**
 * `npm run test:planted [-- NAME …]`: tests the tests. Plants known bugs one at a time in a copy of the
 * project; the test that is named for each must pass without the bug and fail with it.
 */
import { join } from 'node:path'
import { BUGS } from './planted/bugs'
import type { Bug } from './planted/bugs'
import { copyProject, plant } from './planted/project-copy'
import { runTest } from './planted/run-test'

const ROOT = join(__dirname, '..')

interface Verdict {
  bug: Bug
  isCaught: boolean
  /** One line for the table. */
  text: string
  /** What was seen where that is not enough. */
  detail?: string
}

async function tryBug(dir: string, bug: Bug): Promise<Verdict> {
  const missed = (text: string, detail: string) => ({ bug, isCaught: false, text, detail })
  const sound = await runTest(dir, bug.test)
  if (sound.kind !== 'passed') return missed('its test fails without the bug', sound.message)
  let takeBack
  try {
    takeBack = plant(dir, bug.edits)
  } catch (error) {
    return missed('can no longer be planted', error instanceof Error ? error.message : '')
  }
  const result = await runTest(dir, bug.test)
  takeBack()
  if (result.kind === 'passed') return missed('SURVIVED', 'The test passes with the bug in place.')
  if (result.kind === 'broken') return missed('its test breaks instead of failing', result.message)
  if (!bug.failsWith.test(result.message)) return missed('fails for another reason', result.message)
  return { bug, isCaught: true, text: 'caught' }
}

function printTable(verdicts: readonly Verdict[]): void {
  const widthOf = (texts: string[]) => Math.max(...texts.map(({ length }) => length))
  const names = widthOf(verdicts.map(({ bug }) => bug.name))
  const texts = widthOf(verdicts.map(({ text }) => text))
  console.log('')
  for (const { bug, text } of verdicts) {
    const { file, name } = bug.test
    console.log(`${bug.name.padEnd(names)}  ${text.padEnd(texts)}  ${file}: ${name}`)
  }
  const caught = verdicts.filter(({ isCaught }) => isCaught).length
  console.log(`\n${caught} of ${verdicts.length} planted bugs were caught.`)
}

function pick(wanted: readonly string[]): readonly Bug[] {
  const unknown = wanted.find((name) => !BUGS.some((bug) => bug.name === name))
  if (unknown !== undefined) {
    const known = BUGS.map(({ name }) => `  ${name}`).join('\n')
    throw new Error(`No planted bug is called "${unknown}". There are:\n${known}`)
  }
  return wanted.length === 0 ? BUGS : BUGS.filter(({ name }) => wanted.includes(name))
}

async function run(): Promise<number> {
  const bugs = pick(process.argv.slice(2))
  const copy = copyProject(ROOT)
  process.once('SIGINT', () => {
    copy.remove()
    process.exit(130)
  })
  try {
    const verdicts: Verdict[] = []
    for (const [index, bug] of bugs.entries()) {
      const startedAt = performance.now()
      console.log(`[${index + 1}/${bugs.length}] ${bug.name} …`)
      const verdict = await tryBug(copy.path, bug)
      verdicts.push(verdict)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      console.log(`      ${verdict.text}, ${seconds} s`)
      if (verdict.detail !== undefined) console.log(verdict.detail.replace(/^/gm, '      | '))
    }
    printTable(verdicts)
    return verdicts.every(({ isCaught }) => isCaught) ? 0 : 1
  } finally {
    copy.remove()
  }
}

run().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
