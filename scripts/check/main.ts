/**
 * `npm run check [-- NAME…]`: the checks of the repository, one after the other, each with its time.
 * All of them run, also when one fails; the last line names those that failed.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseCommand } from '../lib/parse-command'
import { reportFailure, UserError } from '../lib/user-error'

const ROOT = join(__dirname, '../..')
const TSC = 'node_modules/typescript/bin/tsc'
const PROJECTS = [
  '.',
  'server',
  'scripts',
  'scripts/preview/client',
  'scripts/playground/page',
  'test',
]

/** Commands of scripts/run.mjs. */
const CHECKS: Readonly<Record<string, readonly string[][]>> = {
  format: [['prettier', '--check', '--log-level', 'warn', '.']],
  lint: [['eslint', '--config', '.config/eslint.config.mjs', '--max-warnings', '0', '.']],
  types: PROJECTS.map((project) => [TSC, '-p', project]),
  boundaries: [['scripts/check/boundaries.mjs']],
  unused: [['knip', '--config', '.config/knip.json']],
  leaks: [['scripts/check/leaks.ts']],
  // Downloads miniprogram-ci (276 MB) on first use, so it runs only when it is named.
  compile: [['scripts/check/compile.ts']],
}
const BY_DEFAULT = Object.keys(CHECKS).filter((name) => name !== 'compile')

const USAGE = `npm run check [-- NAME…], with any of: ${Object.keys(CHECKS).join(', ')}

Without a name it runs all but compile, which downloads WeChat's compiler.`

const OPTIONS = { help: { type: 'boolean', short: 'h', default: false } } as const

/** @returns whether it found nothing. */
function runCheck(name: string, commands: readonly string[][]): boolean {
  const startedAt = performance.now()
  const faults = commands.flatMap((command) => {
    const args = ['scripts/run.mjs', ...command]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: Infinity,
    })
    return status === 0 ? [] : [stdout + stderr]
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `${faults.length === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(10)} ${seconds.padStart(6)} s`,
  )
  for (const fault of faults) console.log(fault.trimEnd())
  return faults.length === 0
}

function run(): void {
  const { help, words } = parseCommand(OPTIONS, USAGE, { maxWords: Object.keys(CHECKS).length })
  if (help) {
    console.log(USAGE)
    return
  }
  const named = words.map((name) => {
    if (CHECKS[name] === undefined) throw new UserError(`There is no check "${name}".\n${USAGE}`)
    return name
  })
  const names = named.length === 0 ? BY_DEFAULT : named
  const failed = names.filter((name) => !runCheck(name, CHECKS[name] ?? []))
  if (failed.length === 0) return
  throw new UserError(
    `Failed: ${failed.join(', ')}. One alone: npm run check -- ${failed[0] ?? ''}`,
  )
}

try {
  run()
} catch (error) {
  reportFailure(error)
}
