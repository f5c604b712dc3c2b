/** Opens one page of the mini-program in a fresh browser context and tells what went wrong first. */
import type { Browser, Page } from 'playwright-core'
import type { PageResult } from './table'

/** A page that needs longer than this does not answer. */
const OPEN_WITHIN_MS = 30_000
/** How long a page may go on loading after it is there. */
const SETTLE_WITHIN_MS = 5000

/** A line that the preview keeps, see client/reports.ts. */
interface Line {
  level: string
  text: string
  kind: string
  place: string
}

/** What a page is opened with. */
export interface Opening {
  browser: Browser
  /** The preview's address. */
  url: string
  page: string
  /** Its own path and those of the components that it shows. */
  units: ReadonlySet<string>
  /** All units: an exception in one that is not shown here belongs to other pages. */
  allUnits: ReadonlySet<string>
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''

async function start(tab: Page, { url, page }: Opening): Promise<void> {
  await tab.goto(`${url}/?consent=allow&page=${encodeURIComponent(page)}`)
  const isSet = '["running", "failed"].includes(document.documentElement.dataset.preview)'
  await tab.waitForFunction(isSet)
  const skip = tab.getByTestId('skip-problems')
  if ((await skip.count()) > 0) {
    await skip.click()
    await tab.waitForFunction('document.documentElement.dataset.preview === "running"')
  }
  // Pages that poll never become idle, and are there all the same.
  await tab.waitForLoadState('networkidle', { timeout: SETTLE_WITHIN_MS }).catch(() => undefined)
}

/** Exceptions of units that this page does not show are left out. */
function findException(lines: readonly Line[], { units, allUnits }: Opening): string | null {
  const found = lines.find(({ kind, place }) => {
    const unit = place.split(' ')[0] ?? ''
    return kind === 'exception' && (!allUnits.has(unit) || units.has(unit))
  })
  return found === undefined ? null : firstLine(found.text)
}

async function look(tab: Page, opening: Opening): Promise<Omit<PageResult, 'page'>> {
  const lines = await tab.evaluate<Line[]>('globalThis.__previewReports')
  const top = await tab.evaluate<string | undefined>('getCurrentPages().at(-1)?.route')
  const ownErrors = lines.filter(({ kind, level }) => kind === 'own' && level === 'error').length
  const exception = findException(lines, opening)
  // A page may send people on to another one, such as the login, but it must have been there.
  const isThere = top !== undefined
  return { error: exception ?? (isThere ? null : 'the page does not open'), ownErrors }
}

/** Opens the page. Never rejects: what goes wrong is the result. */
export async function openPage(opening: Opening): Promise<PageResult> {
  const { browser, page } = opening
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const tab = await context.newPage()
    tab.setDefaultTimeout(OPEN_WITHIN_MS)
    const uncaught: string[] = []
    tab.on('pageerror', (error) => uncaught.push(firstLine(String(error))))
    await start(tab, opening)
    const { error, ownErrors } = await look(tab, opening)
    return { page, error: error ?? uncaught[0] ?? null, ownErrors }
  } catch (error) {
    return { page, error: firstLine(String(error)), ownErrors: 0 }
  } finally {
    await context.close()
  }
}
