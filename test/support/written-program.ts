/** A mini-program that a test writes file by file, built and run without a browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { bundleApp, type AppBuild } from '../../scripts/preview/build/bundle'
import { formatProblem } from '../../scripts/preview/build/problem'
import { readProject } from '../../scripts/preview/build/project'

export type Files = Record<string, string | object>

/** A folder with one page, `pages/a/a`; given files are added or replace the defaults. */
export function writeProgram(files: Files, below = ''): string {
  // Packages are also searched one folder above, so that folder must be empty.
  const dir = join(mkdtempSync(join(tmpdir(), 'preview-written-')), 'program')
  const page: Files = {
    [join(below, 'app.json')]: { pages: ['pages/a/a'] },
    [join(below, 'pages/a/a.wxml')]: '<view>a</view>',
    [join(below, 'pages/a/a.js')]: 'Page({})',
  }
  for (const [file, content] of Object.entries({ ...page, ...files })) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(dir, file), text)
  }
  return dir
}

interface BuiltUnit {
  path: string
  config: Record<string, unknown>
}

/** One build and its content. */
export interface Built extends AppBuild {
  /** Problems as lines. */
  said: string[]
  units: BuiltUnit[]
  /** Runs the script of a unit; returns the argument of Page() or Component(). */
  run(path: string): unknown
}

/** Builds the mini-program of a folder, which is removed afterwards. */
export async function buildProgram(dir: string, given = dir): Promise<Built> {
  try {
    const build = await bundleApp(readProject(given))
    let defined: unknown
    const define = (definition: unknown): void => {
      defined = definition
    }
    let program: { units: BuiltUnit[]; run: Record<string, () => unknown> } = { units: [], run: {} }
    const context: Record<string, unknown> = { Page: define, Component: define, App: define }
    runInNewContext(build.script, context)
    const run = context['__previewRun'] as ((...parameters: unknown[]) => void) | undefined
    run?.((given: typeof program) => (program = given), console)
    return {
      ...build,
      said: build.problems.map(formatProblem),
      units: program.units,
      run(path) {
        program.run[path]?.()
        return defined
      },
    }
  } finally {
    rmSync(dirname(dir), { recursive: true })
  }
}
