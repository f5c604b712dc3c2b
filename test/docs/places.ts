/**
 * The folders in which the commands of the pages are typed, prepared as the pages tell the reader.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SANDBOX_MINI_PROGRAM, sandboxSecret } from '../../scripts/lib/defaults'
import { readPage, ROOT } from './pages'
import type { Playground } from './playground'
import type { Place } from './ways'

export const APP = {
  WECHAT_APPID: SANDBOX_MINI_PROGRAM,
  WECHAT_APPSECRET: sandboxSecret(SANDBOX_MINI_PROGRAM),
}
export const KEYS = {
  JWT_SECRETS: 'k1:Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo',
  DATA_KEYS: `k1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
}

/** The layout of copy-auth.md and mount-bff.md: 本项目 beside 你的项目. */
export const sideBySide: Place = ({ outside, project }) => {
  if (!existsSync(join(outside, '本项目'))) {
    symlinkSync(project, join(outside, '本项目'))
    mkdirSync(join(outside, '你的项目/miniprogram'), { recursive: true })
  }
  return { cwd: outside }
}

export function blockOf(page: string, wanted: string): string {
  return readPage(page).blocks.find(({ lang }) => lang === wanted)?.text ?? ''
}

/** An .env as the pages describe it, with the sandbox as WeChat. */
function writeEnv(folder: string, { address }: Playground): void {
  const env = { ...APP, ...KEYS, WECHAT_API_BASE: address('7800'), METRICS_PORT: '0' }
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  writeFileSync(join(folder, '.env'), lines.join('\n'))
}

/** The result of `npm ci --omit=dev`, as links: the built server must not need more. */
function linkProductionPackages(folder: string): void {
  const modules = join(folder, 'node_modules')
  if (existsSync(modules)) return
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true; devOptional?: true; optional?: true }>
  }
  for (const [path, { dev, devOptional, optional }] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
    const isLeftOut = optional === true && name !== 'better-sqlite3'
    if (name === undefined || dev || devOptional || isLeftOut) continue
    mkdirSync(join(modules, name, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  }
}

/** The files that operations.md puts on the server. */
export const onTheServer: Place = (playground) => {
  const { outside, project } = playground
  const cwd = join(outside, 'server')
  mkdirSync(cwd, { recursive: true })
  for (const name of ['dist', 'package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(project, name), join(cwd, name), { recursive: true })
  linkProductionPackages(cwd)
  writeEnv(cwd, playground)
  return { cwd }
}

/** Only the packages that mount-bff.md tells the reader to install, as links. */
function linkNamedPackages(folder: string, inlineCode: readonly string[]): void {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
  const optional = Object.keys({ ...devDependencies, ...optionalDependencies })
  const tools = optional.filter((name) => inlineCode.includes(name))
  // npm installs it beside @types/express, which depends on it.
  const beside = '@types/express-serve-static-core'
  for (const name of [...Object.keys(dependencies), ...tools, beside]) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(join(link, '..'), { recursive: true })
    // The version that npm installs for a reader; ours is older, because tools need its API.
    const ours = name === 'typescript' ? 'typescript-7' : name
    symlinkSync(join(ROOT, 'node_modules', ours), link)
  }
}

/** The server of mount-bff.md, in the project that its commands have created. */
export const inYourProject: Place = (playground) => {
  const { cwd = '' } = sideBySide(playground)
  const yours = join(cwd, '你的项目')
  const { blocks, inlineCode } = readPage('docs/mount-bff.md')
  for (const { lang, text } of blocks) {
    const file = lang === 'ts' ? /^\/\/ (\S+)/.exec(text)?.[1] : undefined
    if (file !== undefined) writeFileSync(join(yours, file), text)
  }
  writeFileSync(join(yours, 'tsconfig.json'), blockOf('docs/mount-bff.md', 'json'))
  writeEnv(yours, playground)
  linkNamedPackages(yours, inlineCode)
  return { cwd: yours }
}

/** A copy with its own AppID. */
export const asYours: Place = ({ another }) => ({ cwd: another('yours') })

/** Not together with another server on the same file. */
export const withOwnData: Place = () => ({ env: { DATABASE_URL: 'file:./data/other.db' } })
