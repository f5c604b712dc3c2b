/** One browser tab with the running mini-program: opens pages in it and reports the first error. */
import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import type { PageResult } from './table'

/** Timeout for a page that does not respond. */
const OPEN_WITHIN_MS = 120_000
/** A page is settled when nothing has been loaded for this long. */
const QUIET_MS = 400
/** Limit for pages that poll and never become idle. */
const SETTLE_WITHIN_MS = 5000
const LOOK_EVERY_MS = 50

/** A console line of the preview, see client/reports.ts. */
interface Line {
  level: string
  text: string
  kind: string
  place: string
}

/** A page to open, and its parts. */
export interface Wanted {
  page: string
  /** Its query, `id=7&from=list`; '' for none. */
  query: string
  /** Its own path and those of the components that it uses. */
  units: ReadonlySet<string>
  /** All units: an exception in one that the page does not use belongs to other pages. */
  allUnits: ReadonlySet<string>
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''

/** A value that is no Error has no stack, and may be as short as `undefined`. */
const describe = (error: Error): string => {
  const text = firstLine(String(error))
  return (error.stack ?? '') === '' ? `Uncaught ${text}` : text
}

const addressOf = ({ page, query }: Wanted): string => (query === '' ? page : `${page}?${query}`)

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Ignores exceptions of units that this page does not use. */
function findException(lines: readonly Line[], { units, allUnits }: Wanted): string | null {
  const found = lines.find(({ kind, place }) => {
    const unit = place.split(' ')[0] ?? ''
    return kind === 'exception' && (!allUnits.has(unit) || units.has(unit))
  })
  return found === undefined ? null : firstLine(found.text)
}

/** A tab in its own browser context, without the storage and logins of other tabs. */
export class Tab {
  /**
   * The mini-program's first exception at its start, which affects every page; null when there is
   * none.
   */
  startError: string | null = null
  /** Exceptions of scripts while they loaded: their units are broken on every page. */
  private atStart: Line[] = []
  /** What nothing caught while the mini-program started, as texts. */
  uncaughtAtStart: string[] = []
  private readonly uncaught: string[] = []
  private loading = 0
  private seen = 0

  private constructor(
    private readonly context: BrowserContext,
    private readonly page: Page,
    private readonly url: string,
    private readonly startFaults: ReadonlySet<string>,
  ) {
    page.setDefaultTimeout(OPEN_WITHIN_MS)
    page.on('pageerror', (error) => this.uncaught.push(describe(error)))
    const count = (step: number) => (request: Request) => {
      if (!/^(eventsource|websocket)$/.test(request.resourceType())) this.loading += step
    }
    page.on('request', count(1))
    page.on('requestfinished', count(-1))
    page.on('requestfailed', count(-1))
  }

  /** Opens a tab; the mini-program is not started yet. No page is blamed for `startFaults` at a start. */
  static async open(browser: Browser, url: string, startFaults: ReadonlySet<string>): Promise<Tab> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    return new Tab(context, await context.newPage(), url, startFaults)
  }

  /** Starts the mini-program at a page. */
  async start(wanted: Wanted): Promise<PageResult> {
    const { page } = this
    await page.goto(`${this.url}/?consent=allow&page=${encodeURIComponent(addressOf(wanted))}`)
    const isSet = '["running", "failed"].includes(document.documentElement.dataset.preview)'
    await page.waitForFunction(isSet)
    const skip = page.getByTestId('skip-problems')
    if ((await skip.count()) > 0) {
      await skip.click()
      await page.waitForFunction('document.documentElement.dataset.preview === "running"')
    }
    await this.settle()
    const lines = await this.readLines()
    const ofApp = lines.find(({ kind, place }) => kind === 'exception' && /^app\b/i.test(place))
    this.startError = ofApp === undefined ? null : firstLine(ofApp.text)
    this.atStart = lines.filter(({ place }) => wanted.allUnits.has(place))
    this.uncaughtAtStart = this.uncaught.splice(0)
    const ofPage = this.uncaughtAtStart.filter((text) => !this.startFaults.has(text))
    const result = await this.judge(wanted, lines, ofPage)
    // The page may leave unhandled what the start does: opened without a start it tells.
    const isUnclear = result.error === null && ofPage.length < this.uncaughtAtStart.length
    return isUnclear ? this.reopen(wanted) : result
  }

  /** Opens another page in the running mini-program, as the only page on the stack. */
  async reopen(wanted: Wanted): Promise<PageResult> {
    await this.page.evaluate(`wx.reLaunch({ url: ${JSON.stringify(`/${addressOf(wanted)}`)} })`)
    await this.settle()
    return this.judge(wanted, await this.readLines(), this.uncaught.splice(0))
  }

  close(): Promise<void> {
    return this.context.close()
  }

  private async judge(
    wanted: Wanted,
    lines: readonly Line[],
    uncaught: readonly string[],
  ): Promise<PageResult> {
    const top = await this.page.evaluate<string | undefined>('getCurrentPages().at(-1)?.route')
    // A page may redirect to another one, such as a login, but it must have been shown.
    const isThere = top === undefined ? 'the page does not open' : null
    const error = findException([...this.atStart, ...lines], wanted) ?? uncaught[0] ?? isThere
    const ownErrors = lines.filter(({ kind, level }) => kind === 'own' && level === 'error').length
    return { page: wanted.page, error, ownErrors }
  }

  /** The lines since the last call. */
  private async readLines(): Promise<Line[]> {
    const lines = await this.page.evaluate<Line[]>('globalThis.__previewReports')
    const fresh = lines.slice(this.seen)
    this.seen = lines.length
    return fresh
  }

  private async settle(): Promise<void> {
    const startedAt = Date.now()
    let quietSince = startedAt
    while (Date.now() - quietSince < QUIET_MS && Date.now() - startedAt < SETTLE_WITHIN_MS) {
      await wait(LOOK_EVERY_MS)
      if (this.loading > 0) quietSince = Date.now()
    }
    // Wait one task, so that the page has processed the last answer.
    await this.page.evaluate('new Promise((done) => setTimeout(done))')
  }
}
