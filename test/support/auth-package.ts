/**
 * The npm package of the login library, packed as for publishing and installed without a network.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(__dirname, '../..')

function npm(args: string[], cwd: string): string {
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    // On Windows npm is a shell script.
    shell: process.platform === 'win32',
  })
}

/** Builds and packs it below `dir`; returns the tarball's path and its files. */
export function packAuthPackage(dir: string): { tarball: string; files: string[] } {
  const built = join(dir, 'built')
  execFileSync(process.execPath, ['scripts/auth-package/build.mjs', built], { cwd: ROOT })
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', dir], built)) as [
    { filename: string; files: { path: string }[] },
  ]
  return { tarball: join(dir, packed.filename), files: packed.files.map(({ path }) => path) }
}

/** A project folder with the package in its node_modules. */
export function installAuthPackage(tarball: string, project: string): void {
  mkdirSync(project, { recursive: true })
  writeFileSync(
    join(project, 'package.json'),
    '{"name":"project","version":"1.0.0","private":true}',
  )
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund']
  npm(['install', ...flags, tarball], project)
}
