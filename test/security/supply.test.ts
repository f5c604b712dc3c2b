/** What is installed is what was meant: the lockfiles, the licences, the bill of materials. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listLicences } from '../../scripts/supply/licences'
import { findSupplyFaults, parseLockfile, parseManifest } from '../../scripts/supply/lockfile'
import type { LockedPackage } from '../../scripts/supply/lockfile'

const ROOT = join(__dirname, '../..')
const SBOM_MS = 60_000
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
const packages = parseLockfile(read('package-lock.json'))
const own = parseManifest(read('package.json'))

const [sound] = packages
const changed = (change: Partial<LockedPackage>) =>
  findSupplyFaults([{ ...sound!, path: 'node_modules/a', name: 'a', ...change }], own)

it.each(['', 'scripts/wechat-ci/'])('finds nothing wrong with %spackage-lock.json', (folder) => {
  const locked = parseLockfile(read(`${folder}package-lock.json`))
  expect(locked.length).toBeGreaterThan(500)
  expect(findSupplyFaults(locked, parseManifest(read(`${folder}package.json`)))).toEqual([])
})

it.each([
  ['no hash', { integrity: undefined }, /SHA-512/],
  ['a weak hash', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }, /SHA-512/],
  ['an address', { resolved: 'https://a.example/a.tgz' }, /fetched/],
  ['git', { version: 'git+ssh://git@a.example/a.git#1234' }, /exact version/],
  ['a folder', { link: true, version: undefined }, /link/],
  ['a script that nobody decided on', { hasInstallScript: true }, /allowScripts/],
])('finds a package with %s', (_name, change, fault) => {
  expect(changed({}).filter((text) => !text.startsWith('there'))).toEqual([])
  expect(changed(change).join()).toMatch(fault)
})

it.each(['github:a/b', 'https://a.example/a.tgz', 'file:../a', 'latest', '*', '>=1'])(
  'finds a dependency that is wanted as %s',
  (range) => {
    const faults = findSupplyFaults(packages, { ...own, devDependencies: { a: range } })
    expect(faults).toEqual([expect.stringContaining(`a is wanted as "${range}"`)])
  },
)

it('allows twelve direct production dependencies and no thirteenth', () => {
  const twelve = Object.fromEntries(Array.from({ length: 12 }, (_unused, i) => [`a${i}`, '1.0.0']))
  expect(findSupplyFaults(packages, { ...own, dependencies: twelve })).toEqual([])
  const faults = findSupplyFaults(packages, { ...own, dependencies: { ...twelve, one: '1.0.0' } })
  expect(faults).toEqual([expect.stringContaining('13 direct')])
})

it('lists the licence of each package of production, and all are allowed', () => {
  const licences = listLicences(packages, ROOT)
  expect(licences.map(({ name }) => name)).toEqual(
    expect.arrayContaining(Object.keys(own.dependencies)),
  )
  expect(licences.filter(({ isAllowed }) => !isAllowed)).toEqual([])
})

it.each([
  ['GPL-3.0-only', false],
  ['AGPL-3.0-or-later', false],
  ['LGPL-3.0-or-later', false],
  ['MIT AND GPL-2.0-only', false],
  ['SEE LICENSE IN LICENSE', false],
  ['', false],
  ['(MIT OR GPL-2.0-only)', true],
  ['MIT AND ISC', true],
])('judges the licence %s: %s', (license, expected) => {
  const [judged] = listLicences(
    [{ ...sound!, path: 'node_modules/a', name: 'a', dev: false, license }],
    ROOT,
  )
  expect(judged?.isAllowed).toBe(expected)
})

it(
  'makes a bill of materials that names all of production with hashes',
  () => {
    const npm = process.env['npm_execpath']
    const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]]
    const text = execFileSync(command, [...args, 'run', '--silent', 'sbom'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    const bill = JSON.parse(text) as {
      bomFormat: string
      components: { name: string; version: string; hashes?: { alg: string }[] }[]
    }
    expect(bill.bomFormat).toBe('CycloneDX')
    expect(bill.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(Object.keys(own.dependencies)),
    )
    expect(bill.components.filter(({ hashes }) => hashes?.[0]?.alg !== 'SHA-512')).toEqual([])
  },
  SBOM_MS,
)

it('check:supply knows its options: a wrong one is not passed over', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/check-supply.ts', '--lst'],
    { cwd: ROOT, encoding: 'utf8' },
  )
  expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining('--lst')])
})
