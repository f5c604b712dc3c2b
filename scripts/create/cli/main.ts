/** `npm create wechat-login`: asks for the options of the project and writes it. */
import { join } from 'node:path'
import { codeOf, reportFailure, UserError } from '../../lib/user-error'
import { askForRest } from './ask'
import { fillIn, findMissing, readOptions } from './options'
import type { Choices, Given } from './options'
import { findFolderFault } from './target-folder'
import { texts } from './texts'
import { writeProject } from './write-project'

/** The folder beside the bundled command. */
const TEMPLATES = join(__dirname, 'templates')

function findChoices(given: Given, yes: boolean): Choices | Promise<Choices> {
  const missing = findMissing(given)
  if (yes || missing.length === 0) return fillIn(given)
  if (process.stdin.isTTY && process.stdout.isTTY) return askForRest(given)
  throw new UserError(texts.fault.noTerminal(missing.join(' ')))
}

function assertFolder(dir: string): void {
  const fault = findFolderFault(dir)
  if (fault !== undefined) throw new UserError(fault)
}

async function run(): Promise<void> {
  const { given, yes, help } = readOptions()
  if (help) {
    console.log(texts.usage)
    return
  }
  // Check this before the user answers any question.
  if (given.dir !== undefined) assertFolder(given.dir)
  const choices = await findChoices(given, yes)
  const { dir, framework, backend, backendUrl } = choices
  assertFolder(dir)
  try {
    writeProject(TEMPLATES, choices)
  } catch (error) {
    throw new UserError(texts.fault.unwritable(dir, codeOf(error) || String(error)), {
      cause: error,
    })
  }
  console.log(texts.done(dir, framework, backend))
  console.log(texts.next(dir, framework, backendUrl))
}

run().catch(reportFailure)
