/**
 * `npm run check [-- NAME…]`: runs the checks of the repository in parallel, one per core, and
 * prints the time of each. A failed check does not stop the others; the last line names the failed
 * ones.
 */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseCommand } from '../lib/parse-command'
import { reportFailure, UserError } from '../lib/user-error'

const ROOT = join(__dirname, '../..')
const runFile = promisify(execFile)
/**
 * TypeScript 7 is four times as fast as 6; tools that need the API, such as ESLint, still use 6.
 */
const TSC = 'node_modules/typescript-7/bin/tsc'
const PROJECTS = [
  '.',
  'server',
  'scripts',
  'scripts/preview/client',
  'scripts/playground/page',
  'test',
]

const ESLINT = ['eslint', '--config', '.config/eslint.config.mjs', '--max-warnings', '0']

/**
 * Commands of scripts/run.mjs, the slowest first, so that no core idles while the last one runs.
 */
const CHECKS: Readonly<Record<string, readonly string[][]>> = {
  // Split in two for two cores: the tests are their own TypeScript project.
  lint: [
    [...ESLINT, 'test'],
    [...ESLINT, '--ignore-pattern', 'test/**', '.'],
  ],
  format: [['prettier', '--check', '--log-level', 'warn', '.']],
  types: PROJECTS.map((project) => [TSC, '-p', project]),
  boundaries: [['scripts/check/boundaries.mjs']],
  unused: [['knip', '--config', '.config/knip.json']],
  leaks: [['scripts/check/leaks.ts']],
  // Downloads miniprogram-ci (276 MB) on first use, so it runs only when named.
  compile: [['scripts/check/compile.ts']],
}
const BY_DEFAULT = Object.keys(CHECKS).filter((name) => name !== 'compile')

const USAGE = `npm run check [-- NAME…], with any of: ${Object.keys(CHECKS).join(', ')}

Without a name it runs all but compile, which downloads WeChat's compiler.`

const OPTIONS = { help: { type: 'boolean', short: 'h', default: false } } as const

interface Command {
  /** The check that the command belongs to. */
  name: string
  args: readonly string[]
}

interface Outcome extends Command {
  /** Its output; null when it found nothing. */
  fault: string | null
  seconds: number
}

/** @returns the output of the command; null when it found nothing. */
async function findFault(args: readonly string[]): Promise<string | null> {
  try {
    const options = { cwd: ROOT, maxBuffer: Infinity }
    await runFile(process.execPath, ['scripts/run.mjs', ...args], options)
    return null
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}

async function runCommand(command: Command): Promise<Outcome> {
  const startedAt = performance.now()
  const fault = await findFault(command.args)
  return { ...command, fault, seconds: (performance.now() - startedAt) / 1000 }
}

/** @returns whether all commands found nothing. */
function report(name: string, outcomes: readonly Outcome[]): boolean {
  const faults = outcomes.flatMap(({ fault }) => fault ?? [])
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0).toFixed(1)
  console.log(
    `${faults.length === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(10)} ${seconds.padStart(6)} s`,
  )
  for (const fault of faults) console.log(fault.trimEnd())
  return faults.length === 0
}

/** @returns the names of the failed checks. */
async function runChecks(names: readonly string[]): Promise<string[]> {
  const waiting = names.flatMap((name) => (CHECKS[name] ?? []).map((args) => ({ name, args })))
  const outcomes: Outcome[] = []
  const failed: string[] = []
  const runWaiting = async (): Promise<void> => {
    for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
      const { name } = command
      outcomes.push(await runCommand(command))
      const own = outcomes.filter((outcome) => outcome.name === name)
      if (own.length === CHECKS[name]?.length && !report(name, own)) failed.push(name)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, runWaiting))
  return failed
}

async function run(): Promise<void> {
  const { help, words } = parseCommand(OPTIONS, USAGE, { maxWords: Object.keys(CHECKS).length })
  if (help) {
    console.log(USAGE)
    return
  }
  const named = words.map((name) => {
    if (CHECKS[name] === undefined) throw new UserError(`There is no check "${name}".\n${USAGE}`)
    return name
  })
  const names = named.length === 0 ? BY_DEFAULT : [...new Set(named)]
  const failed = await runChecks(names)
  if (failed.length === 0) return
  throw new UserError(
    `Failed: ${failed.join(', ')}. One alone: npm run check -- ${failed[0] ?? ''}`,
  )
}

run().catch(reportFailure)
