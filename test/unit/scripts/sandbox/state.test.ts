/** A state file that can't be written: the sandbox goes on, says so once, and writes it later. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createState } from '../../../../scripts/sandbox/state'
import { makeTempDir } from '../../../support/temp-dir'
import { MINI } from './client'

const SAVED_AFTER_MS = 500

let temp: ReturnType<typeof makeTempDir>
let file: string

beforeEach(() => {
  jest.useFakeTimers()
  temp = makeTempDir()
  file = join(temp.path, 'folder', 'state.json')
})
afterEach(() => {
  jest.useRealTimers()
  temp.remove()
})

/** A file in place of the folder: then nothing can be written into it. */
const block = (): void => writeFileSync(dirname(file), '')
const unblock = (): void => rmSync(dirname(file))

function start() {
  const warnings: string[] = []
  const state = createState(file, (line) => warnings.push(line))
  const change = (user: string): void => {
    state.world.people.getAccount(MINI, user)
    state.touch()
    jest.advanceTimersByTime(SAVED_AFTER_MS)
  }
  return { state, warnings, change }
}

test('is named once, and written at the next change that can be saved', () => {
  const { state, warnings, change } = start()
  block()
  change('alice')
  change('bob')
  expect(warnings).toEqual([expect.stringContaining(`${file} can't be written (`)])
  unblock()
  change('carol')
  expect(readFileSync(file, 'utf8')).toMatch(/alice.*bob.*carol/)
  rmSync(dirname(file), { recursive: true })
  block()
  change('dave')
  expect(warnings).toHaveLength(2)
  state.end()
})

test('is tried again at the end, which never throws', () => {
  const { state, warnings, change } = start()
  block()
  change('alice')
  state.end()
  expect(warnings).toHaveLength(1)
  unblock()
  state.end()
  expect(readFileSync(file, 'utf8')).toContain('alice')
})

test('is not written where nothing has changed', () => {
  start().state.end()
  expect(existsSync(file)).toBe(false)
})
