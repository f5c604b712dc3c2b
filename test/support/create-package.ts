/** The npm package create-wechat-login from its tarball, and the projects that it generates. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installAuthPackage } from './auth-package'

const ROOT = join(__dirname, '../..')
const ON_WINDOWS = process.platform === 'win32'

/** Without the developer's own settings, which a fresh machine does not have. */
const { PATH, HOME, NO_COLOR = '1' } = process.env
const BARE_ENV = { PATH, HOME, NO_COLOR, npm_config_prefer_offline: 'true' }

export interface CreatePackage {
  /** The files in the tarball. */
  files: string[]
  /** Runs the command in `cwd`, without a terminal. */
  create(args: string[], cwd: string): { status: number | null; output: string }
}

/** Builds and packs it below `dir`, and installs the tarball there. */
export function packCreatePackage(dir: string): CreatePackage {
  const built = join(dir, 'built')
  const build = ['scripts/run.mjs', 'scripts/create/build/main.ts', built]
  execFileSync(process.execPath, build, { cwd: ROOT, stdio: 'pipe' })
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', dir], {
    cwd: built,
    encoding: 'utf8',
    shell: ON_WINDOWS,
  })
  const [{ filename, files }] = JSON.parse(printed) as [
    { filename: string; files: { path: string }[] },
  ]
  const installed = join(dir, 'installed')
  installAuthPackage(join(dir, filename), installed)
  const command = join(installed, 'node_modules/create-wechat-login/index.js')
  return {
    files: files.map(({ path }) => path),
    create(args, cwd) {
      const options = { cwd, env: BARE_ENV, encoding: 'utf8', input: '' } as const
      const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], options)
      return { status, output: stdout + stderr }
    },
  }
}

/** Runs npm in a project. */
export function runNpm(args: string[], cwd: string): { status: number | null; output: string } {
  const options = { cwd, env: BARE_ENV, encoding: 'utf8', shell: ON_WINDOWS } as const
  const { status, stdout, stderr } = spawnSync('npm', args, options)
  return { status, output: stdout + stderr }
}

interface Lockfile {
  packages: Record<string, { resolved?: string }>
}

/**
 * Links the packages of this checkout into a project instead of a download, and unpacks its
 * tarballs.
 */
export function linkPackages(project: string): void {
  const text = readFileSync(join(project, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(text) as Lockfile
  const top = Object.entries(packages).filter(([path]) =>
    /^node_modules\/[^/]+(\/[^/]+)?$/.test(path),
  )
  for (const [path, { resolved = '' }] of top) {
    const place = join(project, path)
    if (resolved.startsWith('file:')) {
      mkdirSync(place, { recursive: true })
      const archive = join(project, resolved.slice('file:'.length))
      execFileSync('tar', ['xzf', archive, '-C', place, '--strip-components=1'])
    } else {
      mkdirSync(dirname(place), { recursive: true })
      symlinkSync(join(ROOT, path), place, 'junction')
    }
  }
  writeFileSync(join(project, 'node_modules/.package-lock.json'), text)
}

export interface Started {
  previewUrl: string
  stop(): Promise<void>
}

/** Runs `npm start` on free ports until it reports that everything is ready. */
export function startProject(project: string): Promise<Started> {
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  // Without npm and a shell in between, so that a signal arrives.
  const [, ...args] = scripts.start.split(' ')
  const env = { ...BARE_ENV, PORT: '0', SANDBOX_PORT: '0', PREVIEW_PORT: '0' }
  const child = spawn(process.execPath, args, { cwd: project, env })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const previewUrl = /preview +(http:\S+)/.exec(output)?.[1]
      if (previewUrl !== undefined && output.includes('Ctrl-C')) resolve({ previewUrl, stop })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exited.then(() => reject(new Error(`npm start ended:\n${output}`)))
  })
}
