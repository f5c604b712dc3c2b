/**
 * Opens all pages, one after the other in a running mini-program for speed. A page with an error is
 * opened once more in a new browser context, and only that result counts, so that no page is blamed
 * for state left by another one.
 */
import type { Browser } from 'playwright-core'
import { Tab, type Wanted } from './tab'
import type { PageResult } from './table'

const explain = (error: unknown): string => String(error).trim().split('\n')[0] ?? ''

/** Where pages are opened. */
interface Place {
  browser: Browser
  url: string
  /** See start-faults.ts. */
  startFaults: ReadonlySet<string>
}

/** Opens one page by itself. Never rejects: what goes wrong is the result. */
async function openAlone(
  { browser, url, startFaults }: Place,
  wanted: Wanted,
): Promise<PageResult> {
  const tab = await Tab.open(browser, url, startFaults)
  try {
    return await tab.start(wanted)
  } catch (error) {
    return { page: wanted.page, error: explain(error), ownErrors: 0 }
  } finally {
    await tab.close()
  }
}

/** Opens pages in one tab while the mini-program in it responds. */
export class PageOpener {
  private tab: Tab | null = null

  constructor(private readonly place: Place) {}

  /** Opens a page. Never rejects: a failure is the result. */
  async open(wanted: Wanted): Promise<PageResult> {
    const first = await this.openWithOthers(wanted)
    // If the mini-program fails at every start, a second attempt would show the same.
    if (first?.error === null || (first !== null && this.tab?.startError !== null)) return first
    return openAlone(this.place, wanted)
  }

  async close(): Promise<void> {
    await this.tab?.close()
  }

  /** Null when the mini-program no longer responds; the next page restarts it. */
  private async openWithOthers(wanted: Wanted): Promise<PageResult | null> {
    try {
      if (this.tab !== null) {
        const result = await this.tab.reopen(wanted)
        return { ...result, error: this.tab.startError ?? result.error }
      }
      const { browser, url, startFaults } = this.place
      this.tab = await Tab.open(browser, url, startFaults)
      return await this.tab.start(wanted)
    } catch {
      await this.tab?.close()
      this.tab = null
      return null
    }
  }
}
