/**
 * The page that the address opens directly: `?page=pages/goods/goods?id=7`, or `?page=pages/goods/goods&id=7`;
 * what is no setting of the preview is the page's query. A reload stays there.
 */
import { formatPageUrl, parseQuery } from './engine/page-url'
import { settingNames } from './settings'

/** A page and its query. */
export interface Start {
  path: string
  query: Record<string, string>
}

/** Reads the page from the address's query; null when it names none. */
export function readStart(search: string): Start | null {
  const page = new URLSearchParams(search).get('page')
  if (page === null || page === '') return null
  const [path = '', own = ''] = page.split('?')
  const isPreset = (name: string): boolean =>
    name === 'page' || (settingNames as string[]).includes(name)
  const beside = Object.entries(parseQuery(search.slice(1))).filter(([name]) => !isPreset(name))
  const query = { ...parseQuery(own), ...Object.fromEntries(beside) }
  return { path: path.replace(/^\//, ''), query }
}

/** The page as `wx.navigateTo` takes it. */
export function toUrl(start: Start): string {
  return `/${formatPageUrl(start)}`
}
