/**
 * .scss, .sass and .less through the compilers that the project itself has installed, as DevTools' plugins
 * do. Nothing is run when there is no such file.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/compilets.html
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createProblem, type Problem } from './problem'
import type { Sources } from './sources'

/** What is used of sass. https://sass-lang.com/documentation/js-api/ */
interface Sass {
  compileString(
    source: string,
    options: { url: URL; syntax: 'scss' | 'indented'; importers: object[]; logger: object },
  ): { css: string }
}

/** What is used of less. https://lesscss.org/usage/#programmatic-usage */
interface Less {
  render(
    source: string,
    options: { filename: string; syncImport: true },
    done: (error: unknown, result?: { css: string }) => void,
  ): void
}

/** A fault that a compiler reports; lines of sass count from 0. */
interface Fault {
  message?: string
  sassMessage?: string
  line?: number
  column?: number
  /** Of less: the line before, the line itself, the line after. */
  extract?: (string | undefined)[]
  span?: { start: { line: number; column: number } }
}

const compilers = { '.scss': 'sass', '.sass': 'sass', '.less': 'less' } as const

/** Endings of style files, in the order in which they are looked for. */
export const STYLE_ENDINGS = ['.wxss', ...Object.keys(compilers)]

const endingOf = (file: string): keyof typeof compilers | null =>
  (Object.keys(compilers) as (keyof typeof compilers)[]).find((one) => file.endsWith(one)) ?? null

/** The preprocessors of one project, loaded when the first file needs them. */
export class Preprocessors {
  private readonly loaded = new Map<string, unknown>()
  private readonly lacking = new Map<string, string[]>()

  constructor(private readonly sources: Sources) {}

  /** The file as WXSS; a fault becomes a problem and an empty sheet. */
  read(file: string, problems: Problem[]): string {
    const ending = endingOf(file)
    const source = this.sources.read(file)
    if (ending === null) return source
    const name = compilers[ending]
    const compiler = this.load(name)
    if (compiler === null) {
      this.lacking.set(name, [...(this.lacking.get(name) ?? []), file])
      return ''
    }
    try {
      const disk = this.sources.locate(file)
      return name === 'sass'
        ? this.compileSass(compiler as Sass, source, disk, ending)
        : this.compileLess(compiler as Less, source, disk)
    } catch (error) {
      problems.push(this.explain(file, error as Fault))
      return ''
    }
  }

  /** What has to be installed; to be asked when all files have been read. */
  missing(): Problem[] {
    return [...this.lacking].map(([name, files]) => {
      const some = files.length === 1 ? files[0] : `${files.length} files such as ${files[0]}`
      const cure = `install it in the project: npm install --save-dev ${name}`
      return createProblem('package.json', `${some} cannot be compiled without ${name}; ${cure}`)
    })
  }

  private load(name: string): unknown {
    const known = this.loaded.get(name)
    if (known !== undefined) return known
    const { root, packages } = this.sources.folders
    const installed = [root, ...packages.map(({ folder }) => folder)]
      .map((folder) => join(folder, 'node_modules', name))
      .find((folder) => existsSync(join(folder, 'package.json')))
    const load = createRequire(__filename)
    const compiler: unknown = installed === undefined ? null : load(installed)
    this.loaded.set(name, compiler)
    return compiler
  }

  private compileSass(sass: Sass, source: string, disk: string, ending: string): string {
    const { dir } = this.sources
    // A sheet that is WXSS already stays an import of its own.
    const text = source.replace(/@import\s+(['"])([^'"]+\.wxss)\1/g, '@import url("$2")')
    const findFileUrl = (url: string): URL | null =>
      url.startsWith('/') ? pathToFileURL(join(dir, url)) : null
    const ignore = (): void => undefined
    return sass.compileString(text, {
      url: pathToFileURL(disk),
      syntax: ending === '.sass' ? 'indented' : 'scss',
      importers: [{ findFileUrl }],
      logger: { warn: ignore, debug: ignore },
    }).css
  }

  private compileLess(less: Less, source: string, disk: string): string {
    // Less takes `/x` for a path of the disk; here it begins at the mini-program's folder.
    const up = relative(dirname(disk), this.sources.dir).replaceAll('\\', '/') || '.'
    const text = source.replace(/(@import\s+(?:\([^)]*\)\s*)?['"])\//g, `$1${up}/`)
    let css: string | undefined
    let fault: unknown = new Error('less did not answer at once')
    less.render(text, { filename: disk, syncImport: true }, (error, result) => {
      css = result?.css
      fault = error
    })
    if (css === undefined) throw fault as Error
    return css
  }

  private explain(file: string, fault: Fault): Problem {
    const { sassMessage, span, line, column, extract = [] } = fault
    // Less has no message for an import that it does not find.
    const { message = `cannot be compiled: ${extract[1] ?? ''}` } = fault
    const [atLine, atColumn] =
      span === undefined
        ? [line ?? 0, (column ?? -1) + 1]
        : [span.start.line + 1, span.start.column + 1]
    return createProblem(file, sassMessage ?? message, atLine, atColumn)
  }
}
