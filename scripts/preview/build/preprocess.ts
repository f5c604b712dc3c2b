/**
 * Compiles .scss, .sass and .less with the compilers that the project has installed, as DevTools'
 * plugins do. Loads none when there are no such files.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/compilets.html
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createProblem, type Problem } from './problem'
import type { Sources } from './sources'

/** The used part of sass. https://sass-lang.com/documentation/js-api/ */
interface Sass {
  compileString(
    source: string,
    options: { url: URL; syntax: 'scss' | 'indented'; importers: object[]; logger: object },
  ): { css: string }
}

/** The used part of less. https://lesscss.org/usage/#programmatic-usage */
interface Less {
  render(
    source: string,
    options: { filename: string; syncImport: true },
    done: (error: unknown, result?: { css: string }) => void,
  ): void
}

/** An error from a compiler; sass counts lines from 0. */
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

/** Extensions of style files, in lookup order. */
export const STYLE_ENDINGS = ['.wxss', ...Object.keys(compilers)]

const endingOf = (file: string): keyof typeof compilers | null =>
  (Object.keys(compilers) as (keyof typeof compilers)[]).find((one) => file.endsWith(one)) ?? null

/** The preprocessors of one project, loaded at their first file. */
export class Preprocessors {
  private readonly loaded = new Map<string, unknown>()
  private readonly lacking = new Map<string, string[]>()

  constructor(private readonly sources: Sources) {}

  /** Compiles the file to WXSS; an error becomes a problem and an empty sheet. */
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

  /** The packages that must be installed; valid after all files have been read. */
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
    // An import of plain WXSS stays an import.
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
    // Less resolves `/x` on the disk; here it starts at the mini-program's folder.
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
