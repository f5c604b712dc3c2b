/**
 * What the mini-program leaves unhandled each time it starts, whatever page it starts with: it belongs to no
 * page, and without this the first page of each tab would be blamed for it.
 */
import type { Browser } from 'playwright-core'
import { Tab, type Wanted } from './tab'

async function startAlone(browser: Browser, url: string, wanted: Wanted): Promise<Set<string>> {
  const tab = await Tab.open(browser, url, new Set())
  try {
    await tab.start(wanted)
    return new Set(tab.uncaughtAtStart)
  } catch {
    // A page that does not open at all is found when the pages are opened.
    return new Set()
  } finally {
    await tab.close()
  }
}

/** The texts that a start at the first page and one at the last page have in common. */
export async function findStartFaults(
  browser: Browser,
  url: string,
  pages: readonly Wanted[],
): Promise<ReadonlySet<string>> {
  const [first, ...others] = pages
  const last = others.at(-1)
  if (first === undefined || last === undefined) return new Set()
  const atFirst = await startAlone(browser, url, first)
  if (atFirst.size === 0) return atFirst
  const atLast = await startAlone(browser, url, last)
  return new Set([...atFirst].filter((text) => atLast.has(text)))
}
