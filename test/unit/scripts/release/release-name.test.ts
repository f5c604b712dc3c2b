/** Version and description: as given, or from git. */
import { spawnSync } from 'node:child_process'
import { nameDescription, nameVersion, parseRobot } from '../../../../scripts/release/release-name'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

const git = (...args: string[]) => {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  expect(spawnSync('git', [...who, ...args], { cwd: dir.path }).status).toBe(0)
}

it('requires a version without git', () => {
  expect(() => nameVersion(dir.path, undefined)).toThrow(/--version 1\.2\.3, or make a tag/)
  expect(nameVersion(dir.path, '2.0.0')).toBe('2.0.0')
  expect(nameDescription(dir.path, undefined)).toBe('uploaded without a description')
})

it('uses the last tag without its v, and the subject of the last commit', () => {
  git('init', '-q')
  git('commit', '-q', '--allow-empty', '-m', 'feat: the first\n\nA body.')
  git('tag', 'v1.2.3')
  git('commit', '-q', '--allow-empty', '-m', 'fix: 头像 "quoted" $(not run)')
  expect(nameVersion(dir.path, undefined)).toBe('1.2.3')
  expect(nameDescription(dir.path, undefined)).toBe('fix: 头像 "quoted" $(not run)')
  expect(nameDescription(dir.path, 'mine')).toBe('mine')
  git('tag', 'very-special')
  expect(nameVersion(dir.path, undefined)).toBe('very-special')
})

it.each(['', ' 1.2.3', '1.2.3 beta', '一.二', 'x'.repeat(65), '-1'])(
  'refuses the version %j',
  (text) => {
    expect(() => nameVersion(dir.path, text)).toThrow(/is no version/)
  },
)

it('accepts robots 1 to 30', () => {
  expect(['1', '07', '30'].map(parseRobot)).toEqual([1, 7, 30])
  for (const text of ['0', '31', '-1', '1.5', 'x', '']) {
    expect(() => parseRobot(text)).toThrow(/--robot must be a number from 1 to 30/)
  }
})
