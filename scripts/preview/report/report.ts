/**
 * `npm run preview -- --report`: opens every page of a mini-program in a headless browser and
 * counts the pages without an error. A page's result is the first error in its sources or in those
 * of its components, or the first uncaught exception.
 */
import { availableParallelism } from 'node:os'
import type { Browser } from 'playwright-core'
import { BROWSER_HINT, findBrowser, launchBrowser } from '../../lib/browser'
import { UserError } from '../../lib/user-error'
import { createSandbox } from '../../sandbox/sandbox'
import type { Problem } from '../build/problem'
import { readProject, type Project } from '../build/project'
import { createPreview, type PreviewOptions } from '../preview'
import { PageOpener } from './open-pages'
import { findFault, unitsOf } from './page-faults'
import { readFacts, readQueries } from './program-facts'
import { createProgress } from './progress'
import { findStartFaults } from './start-faults'
import { toMarkdown, type PageResult } from './table'
import type { Wanted } from './tab'

/** More tabs slow each other down by more than they gain. */
const MAX_TABS = 4

/** The table, and whether the run succeeded. */
export interface Report {
  markdown: string
  pages: number
  opened: number
  /** How many errors each start leaves unhandled; they count to no page. */
  startFaults: number
}

interface Work {
  browser: Browser
  project: Project
  url: string
  problems: Problem[]
}

/** The pages with what belongs to each. */
function listWanted(project: Project): Wanted[] {
  const queries = readQueries(project.sources.folders.root)
  const allUnits = new Set(project.units.map(({ path }) => path))
  return project.pages.map((page) => {
    return { page, query: queries.get(page) ?? '', units: unitsOf(project, page), allUnits }
  })
}

/** What concerns no single page, and the result of each page. */
interface Results {
  startFaults: ReadonlySet<string>
  pages: PageResult[]
}

async function openAll({ browser, project, url, problems }: Work): Promise<Results> {
  const all = listWanted(project)
  const startFaults = await findStartFaults(browser, url, all)
  const progress = createProgress(all.length)
  const results = new Map<string, PageResult>()
  const waiting = [...all]
  const work = async (): Promise<void> => {
    const opener = new PageOpener({ browser, url, startFaults })
    for (let wanted = waiting.shift(); wanted !== undefined; wanted = waiting.shift()) {
      const { page, units } = wanted
      const fault = findFault(project, problems, units)
      const result =
        fault === null ? await opener.open(wanted) : { page, error: fault, ownErrors: 0 }
      results.set(page, result)
      progress.add(page, result.error)
    }
    await opener.close()
  }
  const tabs = Math.min(MAX_TABS, availableParallelism())
  await Promise.all(Array.from({ length: tabs }, work))
  return { startFaults, pages: all.flatMap(({ page }) => results.get(page) ?? []) }
}

function assertPages({ pages, problems }: Project): void {
  if (pages.length > 0) return
  const reason = problems[0]?.message ?? '"pages" names no page'
  throw new UserError(`There is no page to open: app.json: ${reason}.`)
}

async function readProblems(url: string): Promise<Problem[]> {
  const answer = await fetch(`${url}/__preview/app.json`)
  if (!answer.ok) throw new Error(await answer.text())
  return ((await answer.json()) as { problems: Problem[] }).problems
}

/**
 * Opens all pages and counts them. Without `sandboxUrl` in the options it runs its own WeChat
 * sandbox meanwhile.
 * @throws UserError when there is no browser or no page.
 */
export async function reportPages(options: PreviewOptions): Promise<Report> {
  if (findBrowser() === null) throw new UserError(BROWSER_HINT)
  const project = readProject(options.dir)
  assertPages(project)
  const sandbox = options.sandboxUrl === undefined ? createSandbox() : null
  const sandboxUrl = options.sandboxUrl ?? (await sandbox?.listen())?.url
  const preview = createPreview({ ...options, sandboxUrl, liveReload: false, hasSourceMaps: false })
  const browser = await launchBrowser()
  try {
    const { url } = await preview.listen()
    const problems = await readProblems(url)
    const { startFaults, pages } = await openAll({ browser, project, url, problems })
    const facts = await readFacts(project.sources.folders.root)
    const date = new Date().toISOString().slice(0, 10)
    const markdown = toMarkdown({ facts, date, pages, startFaults: [...startFaults] })
    const opened = pages.filter(({ error }) => error === null).length
    return { markdown, pages: pages.length, opened, startFaults: startFaults.size }
  } finally {
    await browser.close()
    await preview.close()
    await sandbox?.close()
  }
}
