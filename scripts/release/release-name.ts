/** Version and description of an upload: as given, or from git. */
import { spawnSync } from 'node:child_process'
import { UserError } from '../lib/user-error'

const VERSION = /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/
const MAX_ROBOT = 30

/** @returns git's output, or null when it fails. */
function askGit(root: string, ...args: string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  const text = status === 0 ? stdout.trim() : ''
  return text === '' ? null : text
}

/** @throws UserError when it is not a version, or when neither a version nor a tag exists. */
export function nameVersion(root: string, given: string | undefined): string {
  const tag = askGit(root, 'describe', '--tags', '--abbrev=0')?.replace(/^v(?=\d)/, '')
  const version = given ?? tag
  if (version === undefined) {
    throw new UserError('Say which version: --version 1.2.3, or make a tag: git tag v1.2.3')
  }
  if (VERSION.test(version)) return version
  throw new UserError(
    `"${version}" is no version: letters, digits, dots, hyphens, 64 characters at most, as in 1.2.3`,
  )
}

export function nameDescription(root: string, given: string | undefined): string {
  return given ?? askGit(root, 'log', '-1', '--format=%s') ?? 'uploaded without a description'
}

/** @throws UserError unless it is an integer from 1 to 30. */
export function parseRobot(text: string): number {
  const robot = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (robot >= 1 && robot <= MAX_ROBOT) return robot
  throw new UserError(
    `--robot must be a number from 1 to ${MAX_ROBOT}: each is a row in the console.`,
  )
}

/** Whether files differ from the last commit; false outside git. */
export function hasUncommittedChanges(root: string): boolean {
  return askGit(root, 'status', '--porcelain') !== null
}
