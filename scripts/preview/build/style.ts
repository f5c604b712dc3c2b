/**
 * Compiles WXSS to CSS for one shared document: rpx and vw/vh become lengths of the phone instead
 * of the browser window, built-in tags become `wx-…`, classes of isolated components get their
 * prefix, and a page's rules apply to that page only. Never raises the specificity (`:where`).
 */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import postcss, { type AtRule, type Root } from 'postcss'
import selectorParser from 'postcss-selector-parser'
import { convertLengths } from './lengths'
import { Preprocessors, STYLE_ENDINGS } from './preprocess'
import { createProblem, type Problem } from './problem'
import type { Project, Unit } from './project'
import { toElementName } from './tag-names'

export type Isolation = 'isolated' | 'apply-shared' | 'shared'

/** The class prefix of a component: readable in the page, unique by its path. */
export function classPrefix(path: string): string {
  return path.replaceAll('/', '_')
}

/** Style isolation of a unit: from its JSON first, then from the `options` in its script. */
export function findIsolation(project: Project, unit: Unit): Isolation {
  if (unit.kind === 'page') return 'shared'
  const source = unit.script === null ? '' : readFileSync(join(project.dir, unit.script), 'utf8')
  const inScript = /styleIsolation:\s*['"]([\w-]+)['"]/.exec(source)?.[1]
  const wanted = unit.config['styleIsolation'] ?? inScript
  if (wanted === 'apply-shared' || wanted === 'shared' || wanted === 'isolated') return wanted
  const global = unit.config['addGlobalClass'] === true || /addGlobalClass:\s*true/.test(source)
  return global ? 'apply-shared' : 'isolated'
}

interface Scope {
  /** A selector to prepend, without specificity; null for none. */
  within: string | null
  /** The host element that `page` or `:host` selects. */
  host: string
  prefix: string | null
}

function convertSelectors(selector: string, scope: Scope): string {
  return selectorParser((root) => {
    root.walkTags((tag) => {
      tag.value = toElementName(tag.value)
    })
    root.walkClasses((name) => {
      if (scope.prefix !== null) name.value = `${scope.prefix}--${name.value}`
    })
    root.walkPseudos((pseudo) => {
      if (pseudo.value === ':host') {
        pseudo.replaceWith(selectorParser.string({ value: scope.host }))
      }
    })
    root.each((one) => {
      if (scope.within === null) return
      const startsAtHost = one.at(0).toString().trim() === 'wx-page'
      const where = `:where(${scope.within})${startsAtHost ? '' : ' '}`
      if (startsAtHost) one.at(0).remove()
      one.prepend(selectorParser.string({ value: startsAtHost ? `wx-page${where}` : where }))
    })
  }).processSync(selector, { lossless: false })
}

function isInKeyframes(node: postcss.Rule): boolean {
  const { parent } = node
  return parent?.type === 'atrule' && (parent as AtRule).name.endsWith('keyframes')
}

/** The phone's theme is set in the preview's controls, not by the browser's preference. */
function convertTheme(rule: AtRule): void {
  const theme = /^\(prefers-color-scheme:\s*(dark|light)\)$/.exec(rule.params)?.[1]
  if (theme === undefined) return
  rule.walkRules((inner) => {
    inner.selectors = inner.selectors.map((one) => `:where([data-theme="${theme}"]) ${one}`)
  })
  rule.replaceWith(rule.nodes ?? [])
}

function convertRoot(root: Root, scope: Scope): void {
  root.walkRules((rule) => {
    if (!isInKeyframes(rule)) rule.selector = convertSelectors(rule.selector, scope)
  })
  root.walkAtRules('media', convertTheme)
  root.walkDecls((declaration) => {
    declaration.value = convertLengths(declaration.value)
  })
}

interface Inlining {
  project: Project
  problems: Problem[]
  preprocessors: Preprocessors
  seen: Set<string>
}

function readStyle(inlining: Inlining, file: string): Root {
  const { preprocessors, problems, seen } = inlining
  seen.add(file)
  try {
    const root = postcss.parse(preprocessors.read(file, problems))
    root.walkAtRules('import', (rule) => inlineImport(inlining, file, rule))
    return root
  } catch (error) {
    const { line = 0, column = 0, reason } = error as postcss.CssSyntaxError
    problems.push(createProblem(file, reason, line, column))
    return postcss.root()
  }
}

function inlineImport(inlining: Inlining, from: string, rule: AtRule): void {
  const target = /['"]([^'"]+)['"]/.exec(rule.params)?.[1] ?? ''
  const file = target.startsWith('/') ? target.slice(1) : posix.join(posix.dirname(from), target)
  if (inlining.seen.has(file)) {
    rule.remove()
  } else if (target === '' || !inlining.project.sources.has(file)) {
    const { line = 0, column = 0 } = rule.source?.start ?? {}
    inlining.problems.push(createProblem(from, `@import ${rule.params}: not found`, line, column))
    rule.remove()
  } else {
    rule.replaceWith(readStyle(inlining, file).nodes)
  }
}

function scopeOf(unit: Unit, isolation: Isolation): Scope {
  const prefix = classPrefix(unit.path)
  if (unit.kind === 'page') {
    return { within: `[data-route="${unit.path}"]`, host: 'wx-page', prefix: null }
  }
  const host = `[wx-host="${prefix}"]`
  return { within: null, host, prefix: isolation === 'shared' ? null : prefix }
}

/** All styles of the project as one sheet: app.wxss, then components, then pages. */
export function compileStyles(project: Project): { css: string; problems: Problem[] } {
  const problems: Problem[] = []
  const sheets: string[] = []
  const preprocessors = new Preprocessors(project.sources)
  const add = (path: string, scope: Scope): void => {
    const ending = STYLE_ENDINGS.find((one) => project.sources.has(path + one))
    if (ending === undefined) return
    const inlining = { project, problems, preprocessors, seen: new Set<string>() }
    const root = readStyle(inlining, path + ending)
    convertRoot(root, scope)
    sheets.push(root.toString())
  }
  add('app', { within: '[data-route]', host: 'wx-page', prefix: null })
  for (const unit of project.units) add(unit.path, scopeOf(unit, findIsolation(project, unit)))
  return { css: sheets.join('\n'), problems: [...preprocessors.missing(), ...problems] }
}
