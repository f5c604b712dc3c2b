/**
 * The npm package wechat-miniprogram-auth from its tarball: its files, its types, `require` and
 * `import`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installAuthPackage, packAuthPackage } from '../support/auth-package'
import { makeTempDir } from '../support/temp-dir'

const ROOT = join(__dirname, '../..')
const dir = makeTempDir()
const project = join(dir.path, 'project')
const installed = join(project, 'node_modules/wechat-miniprogram-auth')
let files: string[] = []

jest.setTimeout(180_000)

beforeAll(() => {
  const packed = packAuthPackage(dir.path)
  files = packed.files
  installAuthPackage(packed.tarball, project)
})
afterAll(() => dir.remove())

const NAMES = ['index', 'download', 'stream', 'socket', 'backends', 'cloud']

const USE = `
import { createAuth, isAuthError, userMessage } from 'wechat-miniprogram-auth'
import type { Auth, User } from 'wechat-miniprogram-auth'
import { ruoyi } from 'wechat-miniprogram-auth/backends'
import { callContainer } from 'wechat-miniprogram-auth/cloud'
import { download } from 'wechat-miniprogram-auth/download'
import { connect } from 'wechat-miniprogram-auth/socket'
import { stream } from 'wechat-miniprogram-auth/stream'

const carry = callContainer({ env: 'e', service: 's' })
export const auth: Auth = createAuth({ baseUrl: 'https://api.example.com', backend: ruoyi, carry })
export const inCloud: Auth = createAuth({ transport: carry })
// @ts-expect-error neither a baseUrl nor another way
export const nowhere: () => Auth = () => createAuth({ appid: 'wx0' })
export async function use(): Promise<string> {
  const user: User = await auth.ready()
  const { tempFilePath } = await download(auth, { path: '/v1/me/export' })
  await stream(auth, { path: '/v1/s', onEvent: ({ data }) => void data.length })
  connect(auth, { path: '/v1/c', onMessage: () => undefined }).close()
  // @ts-expect-error a number is no path
  await auth.request({ path: 1 })
  return user.id + tempFilePath + (isAuthError(user) ? userMessage(user) : '')
}
`

it('contains scripts, types, a README and the licence, and has no dependencies', () => {
  const expected = /^(package\.json|README\.md|LICENSE|(esm|miniprogram_dist|types)\/[\w/.-]+)$/
  expect(files.filter((file) => !expected.test(file))).toEqual([])
  for (const name of NAMES)
    expect(files).toEqual(
      expect.arrayContaining([
        `esm/${name}.mjs`,
        `miniprogram_dist/${name}.js`,
        `types/${name}.d.ts`,
        `types/${name}.d.mts`,
      ]),
    )
  const description = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as object
  expect(description).toMatchObject({ miniprogram: 'miniprogram_dist' })
  expect(Object.keys(description).filter((key) => /dependencies/i.test(key))).toEqual([])
  for (const file of files.filter((name) => name.startsWith('types/')))
    expect(`${file}: ${readFileSync(join(installed, file), 'utf8')}`).not.toContain('/typings/')
})

it.each([
  ['Bundler', 'ESNext', 'use.ts'],
  ['Node10', 'CommonJS', 'use.ts'],
  ['NodeNext', 'NodeNext', 'use.mts'],
  ['NodeNext', 'NodeNext', 'use.cts'],
])('type-checks with moduleResolution %s, module %s, in %s', (moduleResolution, module, file) => {
  writeFileSync(join(project, file), USE)
  const compilerOptions = { module, moduleResolution, noEmit: true, strict: true, types: [] }
  const lib = ['ES2020']
  const ignoreDeprecations = '6.0'
  const config = { compilerOptions: { ...compilerOptions, lib, ignoreDeprecations }, files: [file] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, ''])
})

it.each([
  ['require', '--input-type=commonjs', (name: string) => `require('${name}')`],
  ['import', '--input-type=module', (name: string) => `await import('${name}')`],
])('works with %s', (_way, type, load) => {
  const names = NAMES.slice(1).map((name) => `wechat-miniprogram-auth/${name}`)
  const script = `
    const modules = [${['wechat-miniprogram-auth', ...names].map(load).join(', ')}]
    const [{ createAuth, isAuthError }] = modules
    const auth = createAuth({ baseUrl: 'https://api.example.com' })
    const found = modules.flatMap((module) => Object.keys(module)).filter((name) => name !== 'default')
    console.log(auth.state, isAuthError({ kind: 'network' }), found.sort().join())`
  const printed = execFileSync(process.execPath, [type, '-e', script], {
    cwd: project,
    encoding: 'utf8',
  })
  expect(printed).toMatch(/^signed-out true /)
  for (const name of ['connect', 'download', 'litemall', 'stream', 'callFunction', 'userMessage'])
    expect(printed).toContain(name)
})
