/** Opens pages of a running mini-program from outside, by scanning its code. */

/** A scanned code: a page, and `scene` as the page's onLoad receives it, percent-encoded. */
export interface Scan {
  page: string
  scene: string
}

type Enter = (scan: Scan) => void

let enter: Enter | null = null
let pages: readonly string[] = []

/** Enables scans; `all` are the existing pages. */
export function openEntrance(all: readonly string[], onScan: Enter): void {
  pages = all
  enter = onScan
}

/** The page for a scan without a page: the confirm page, else the first. */
const CONFIRM_PAGE = 'pages/confirm/confirm'

/**
 * Parses a mini-program code (`pages/a/a?scene=x`), or a scene alone.
 * @throws Error when there is no such page or no scene.
 */
function parseCode(text: string, known: readonly string[]): Scan {
  const [, path, query = ''] = /^\/?([\w-]+(?:\/[\w-]+)+)(?:\?(.*))?$/.exec(text.trim()) ?? []
  const fallback = known.includes(CONFIRM_PAGE) ? CONFIRM_PAGE : (known[0] ?? '')
  const page = path ?? fallback
  if (!known.includes(page)) throw new Error(`小程序没有页面 ${page}`)
  // Not decoded, because the page decodes it, as with a real code.
  const scene = path === undefined ? encodeURIComponent(text.trim()) : sceneOf(query)
  if (scene === '') throw new Error('没有 scene')
  return { page, scene }
}

const sceneOf = (query: string): string => /(?:^|&)scene=([^&]*)/.exec(query)?.[1] ?? ''

/** Opens the page that the text of a code names. */
export function enterByScan(text: string): Scan {
  const scan = parseCode(text, pages)
  if (enter === null) throw new Error('小程序还没有启动')
  enter(scan)
  return scan
}
