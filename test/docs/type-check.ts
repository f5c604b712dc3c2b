/**
 * Type-checks code of the pages as if it were in a copy of this project: each block names its file
 * in its first line, and imports resolve to the project's folders. Writes nothing to disk.
 */
import { join, relative, sep } from 'node:path'
import * as ts from 'typescript'
import { ROOT } from './pages'

export interface Snippet {
  /** The page; blocks of one page see each other. */
  page: string
  /** From the block's first line: `miniprogram/pages/index/index.ts`. */
  path: string
  text: string
}

/** One virtual folder per page, below ROOT so that packages are found. */
const COPIES = join(ROOT, '.docs')
const folderOf = (page: string): string => join(COPIES, page.replaceAll(/[^a-z0-9]/gi, '-'))

/** The project's file for a path in a copy; other paths are unchanged. */
function behind(file: string): string {
  const inside = relative(COPIES, file)
  if (inside.startsWith('..')) return file
  return join(ROOT, ...inside.split(sep).slice(1))
}

function readSettings(file: string): ts.ParsedCommandLine {
  const path = join(ROOT, file)
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as { config: unknown }
  return ts.parseJsonConfigFileContent(config, ts.sys, join(path, '..'))
}

function createHost(options: ts.CompilerOptions, texts: ReadonlyMap<string, string>) {
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, directoryExists, getSourceFile } = host
  host.fileExists = (file) => texts.has(file) || fileExists.call(host, behind(file))
  host.readFile = (file) => texts.get(file) ?? readFile.call(host, behind(file))
  host.directoryExists = (folder) => directoryExists?.call(host, behind(folder)) ?? true
  host.getSourceFile = (file, target, ...rest) => {
    const text = texts.get(file) ?? (behind(file) === file ? undefined : host.readFile(file))
    if (text !== undefined) return ts.createSourceFile(file, text, target)
    return getSourceFile.call(host, file, target, ...rest)
  }
  return host
}

/** Files in miniprogram/ use the mini-program's settings, all others the server's. */
function check(snippets: readonly Snippet[], settings: string, change: ts.CompilerOptions) {
  if (snippets.length === 0) return []
  const { options, fileNames } = readSettings(settings)
  const all: ts.CompilerOptions = { ...options, ...OF_PAGES, ...change }
  const texts = new Map(snippets.map(({ page, path, text }) => [join(folderOf(page), path), text]))
  const ambient = fileNames.filter((file) => file.endsWith(join('typings', 'index.d.ts')))
  const program = ts.createProgram([...ambient, ...texts.keys()], all, createHost(all, texts))
  return ts.getPreEmitDiagnostics(program).map((fault) => {
    const text = ts.flattenDiagnosticMessageText(fault.messageText, '\n')
    if (fault.file === undefined || fault.start === undefined) return text
    const { line } = fault.file.getLineAndCharacterOfPosition(fault.start)
    return `${relative(COPIES, fault.file.fileName)}:${line + 1} ${text}`
  })
}

/** Unused declarations are allowed, because an example may end before it uses them. */
const OF_PAGES: ts.CompilerOptions = {
  moduleDetection: ts.ModuleDetectionKind.Force,
  noEmit: true,
  noUnusedLocals: false,
  // The project's own check covers the libraries.
  skipLibCheck: true,
}

/** Old code is shown as it was written. */
const WITHOUT_TYPES: ts.CompilerOptions = {
  allowJs: true,
  checkJs: true,
  strict: false,
  exactOptionalPropertyTypes: false,
  verbatimModuleSyntax: false,
}

/** @returns the compiler's messages, one line each. */
export function typeCheck(snippets: readonly Snippet[]): string[] {
  const isOurs = ({ path }: Snippet) => path.startsWith('miniprogram/')
  const scripts = snippets.filter(({ path }) => path.endsWith('.ts'))
  const old = snippets.filter(({ path }) => path.endsWith('.js'))
  return [
    ...check(scripts.filter(isOurs), 'tsconfig.json', {}),
    ...check(
      scripts.filter((snippet) => !isOurs(snippet)),
      'server/tsconfig.json',
      {},
    ),
    ...check(old, 'tsconfig.json', WITHOUT_TYPES),
  ]
}
