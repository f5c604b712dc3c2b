/** package.json and its lockfile for each kind of generated project. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PLACEHOLDERS } from '../choices'
import type { Backend, Framework } from '../choices'
import { cutLockfile } from './lockfile'
import type { Lockfile, ProjectManifest } from './lockfile'
import type { Tarball } from './npm-pack'

const ROOT = join(__dirname, '../../..')
const TYPES_OF_SERVER = ['better-sqlite3', 'express', 'jsonwebtoken', 'multer', 'node', 'pg']

/** Output folder of a framework's own watch build. */
const DEV_OUTPUT = { 'uni-app': 'miniprogram/dist/dev/mp-weixin', taro: 'miniprogram/dist' }
const DEV_COMMAND = { 'uni-app': 'uni -p mp-weixin', taro: 'taro build --type weapp --watch' }

/** File contents by file name. */
export type Manifests = Record<'package.json' | 'package-lock.json', string>

interface OwnManifest {
  version: string
  engines: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}

const readJson = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'))

const toText = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

const fileOf = ({ file }: Tarball, folder: string): string => `file:${folder}${file}`

const sortKeys = (record: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)))

function startCommand(framework: Framework, backend: Backend): string {
  const parts = ['node scripts/run.mjs --install wechat-login-tools']
  if (backend === 'own') parts.push(`--backend ${PLACEHOLDERS.backend}`)
  if (framework !== 'native')
    parts.push(`--build miniprogram --miniprogram ${DEV_OUTPUT[framework]}`)
  return parts.join(' ')
}

function scriptsOf(framework: Framework, backend: Backend): Record<string, string> {
  const types = [framework === 'native' && 'tsc -p .', backend === 'ours' && 'tsc -p server']
  const checked = types.filter((command) => command !== false)
  return {
    start: startCommand(framework, backend),
    test: 'node scripts/run.mjs --install test/login.test.ts',
    ...(checked.length > 0 && { typecheck: checked.join(' && ') }),
    ...(backend === 'ours' && { build: 'node scripts/run.mjs scripts/build.mjs' }),
  }
}

/** For the project's root: the backend, `npm start` and the tests. */
export function makeRootManifests(
  framework: Framework,
  backend: Backend,
  { tools, auth }: { tools: Tarball; auth: Tarball },
): Manifests {
  const own = readJson('package.json') as OwnManifest
  const tarballs = framework === 'native' ? [tools] : [tools, auth]
  const typesOfServer = backend === 'ours' ? TYPES_OF_SERVER.map((name) => `@types/${name}`) : []
  const compilers = [
    'tsx',
    ...(backend === 'ours' ? ['esbuild'] : []),
    ...(framework === 'native' ? ['miniprogram-api-typings'] : []),
    ...(framework === 'native' || backend === 'ours' ? ['typescript'] : []),
  ]
  const versionOf = (name: string): [string, string] => [name, own.devDependencies[name] ?? '']
  const manifest: ProjectManifest = {
    name: PLACEHOLDERS.name,
    version: '0.1.0',
    private: true,
    engines: own.engines,
    scripts: scriptsOf(framework, backend),
    devDependencies: sortKeys({
      ...Object.fromEntries([...typesOfServer, ...compilers].map(versionOf)),
      ...Object.fromEntries(tarballs.map((one) => [one.name, fileOf(one, 'vendor/')])),
    }),
    ...(backend === 'ours' && {
      dependencies: own.dependencies,
      optionalDependencies: own.optionalDependencies,
    }),
  }
  const lockfile = readJson('package-lock.json') as Lockfile
  return {
    'package.json': toText(manifest),
    'package-lock.json': toText(
      cutLockfile(lockfile, manifest, { all: tarballs, folder: 'vendor/' }),
    ),
  }
}

/** For `miniprogram/`, when a framework builds it. */
export function makeFrameworkManifests(framework: 'uni-app' | 'taro', auth: Tarball): Manifests {
  const folder = `test/frameworks/${framework}`
  const { scripts, dependencies, devDependencies } = readJson(
    folder,
    'package.json',
  ) as ProjectManifest & { scripts: object }
  const manifest: ProjectManifest = {
    name: `${PLACEHOLDERS.name}-miniprogram`,
    private: true,
    scripts: { dev: DEV_COMMAND[framework], ...scripts },
    dependencies: sortKeys({ ...dependencies, [auth.name]: fileOf(auth, '../vendor/') }),
    ...(devDependencies !== undefined && { devDependencies }),
  }
  const lockfile = readJson(folder, 'package-lock.json') as Lockfile
  return {
    'package.json': toText(manifest),
    'package-lock.json': toText(
      cutLockfile(lockfile, manifest, { all: [auth], folder: '../vendor/' }),
    ),
  }
}
