/**
 * Live reload restores the page: the top page is opened again. A manual reload starts like WeChat,
 * at the first page.
 */

const STORAGE_KEY = 'preview:reopen'

/** Remembers a page (`pages/a/a?b=1`) for the next start. */
export function rememberPage(url: string): void {
  sessionStorage.setItem(STORAGE_KEY, url)
}

/** The page to start with, returned once; null for an ordinary start. */
export function takeRememberedPage(): string | null {
  const url = sessionStorage.getItem(STORAGE_KEY)
  sessionStorage.removeItem(STORAGE_KEY)
  return url
}
