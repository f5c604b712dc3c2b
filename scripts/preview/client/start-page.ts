/**
 * The page that the URL opens directly: `?page=pages/goods/goods?id=7`, or
 * `?page=pages/goods/goods&id=7`. Parameters that are not settings of the preview belong to the
 * page's query. A reload opens it again.
 */
import { formatPageUrl, parseQuery } from './engine/page-url'
import { settingNames } from './settings'

/** A page and its query. */
export interface Start {
  path: string
  query: Record<string, string>
}

/** Reads the page from the URL's query; null when it names none. */
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

/** The page's URL for `wx.navigateTo`. */
export function toUrl(start: Start): string {
  return `/${formatPageUrl(start)}`
}
