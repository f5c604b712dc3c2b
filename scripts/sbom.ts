/**
 * `npm run --silent sbom > sbom.json`: the bill of materials of production, CycloneDX, by npm itself.
 *
 * npm's own `--omit dev` leaves out what tools need as well (axios, zod), so it is given a project
 * that has no tools: this one's manifest and lockfile without them, in a folder of its own.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(__dirname, '..')

interface Project {
  name: string
  devDependencies?: unknown
}
interface Lockfile {
  packages: Record<string, { dev?: boolean; devDependencies?: unknown }>
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))

function withoutTools(): { project: Project; lockfile: Lockfile } {
  const { devDependencies, ...project } = read('package.json') as Project
  const lockfile = read('package-lock.json') as Lockfile
  const kept = Object.entries(lockfile.packages).filter(([, { dev }]) => dev !== true)
  delete lockfile.packages['']?.devDependencies
  return { project, lockfile: { ...lockfile, packages: Object.fromEntries(kept) } }
}

function run(): number {
  const { project, lockfile } = withoutTools()
  const base = mkdtempSync(join(tmpdir(), 'sbom-'))
  // npm names the component after the folder.
  const dir = join(base, project.name)
  mkdirSync(dir)
  writeFileSync(join(dir, 'package.json'), JSON.stringify(project))
  writeFileSync(join(dir, 'package-lock.json'), JSON.stringify(lockfile))
  const npmCli = process.env['npm_execpath']
  const [command, args] = npmCli === undefined ? ['npm', []] : [process.execPath, [npmCli]]
  const flags = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
  const made = spawnSync(command, [...args, 'sbom', ...flags], { cwd: dir, encoding: 'utf8' })
  rmSync(base, { recursive: true })
  if (made.status !== 0) process.stderr.write(`npm sbom failed:\n${made.stderr}`)
  process.stdout.write(made.stdout)
  return made.status ?? 1
}

process.exitCode = run()
