/** Packs a folder as npm would publish it. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Tarball {
  name: string
  version: string
  /** The file name, such as `wechat-login-tools-0.1.0.tgz`. */
  file: string
  /** In the format of a lockfile. */
  integrity: string
  manifest: Manifest
}

interface Manifest {
  license?: string
  bin?: Record<string, string>
  dependencies?: Record<string, string>
}

/** Packs `folder` and writes the tarball into `destination`, which must exist. */
export function packFolder(folder: string, destination: string): Tarball {
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    encoding: 'utf8',
    // On Windows npm is a shell script.
    shell: process.platform === 'win32',
  })
  const [packed] = JSON.parse(printed) as [
    { name: string; version: string; filename: string; integrity: string },
  ]
  const { name, version, filename: file, integrity } = packed
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  return { name, version, file, integrity, manifest: JSON.parse(text) as Manifest }
}
