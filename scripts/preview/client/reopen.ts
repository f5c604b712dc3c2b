/**
 * Live reload keeps the place: the page on top before the reload is opened again after it. A reload by
 * hand starts like WeChat, at the first page.
 */

const STORAGE_KEY = 'preview:reopen'

/** Remembers a page (`pages/a/a?b=1`) for the next start. */
export function rememberPage(url: string): void {
  sessionStorage.setItem(STORAGE_KEY, url)
}

/** The page to start with, once; null when the start is an ordinary one. */
export function takeRememberedPage(): string | null {
  const url = sessionStorage.getItem(STORAGE_KEY)
  sessionStorage.removeItem(STORAGE_KEY)
  return url
}
