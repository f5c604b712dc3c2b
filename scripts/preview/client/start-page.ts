/**
 * The page that the address opens directly: `?page=pages/goods/goods?id=7`, or `?page=pages/goods/goods&id=7`;
 * what is no setting of the preview is the page's query. A reload stays there.
 */
import { formatPageUrl } from './engine/page-url'
import { settingNames } from './settings'

/** A page and its query. */
export interface Start {
  path: string
  query: Record<string, string>
}

/** Reads the page from the address's query; null when it names none. */
export function readStart(search: string): Start | null {
  const given = new URLSearchParams(search)
  const page = given.get('page')
  if (page === null || page === '') return null
  const [path = '', own = ''] = page.split(/\?(.*)/s)
  const isPreset = (name: string): boolean =>
    name === 'page' || (settingNames as string[]).includes(name)
  const beside = [...given].filter(([name]) => !isPreset(name))
  const query = Object.fromEntries([...new URLSearchParams(own), ...beside])
  return { path: path.replace(/^\//, ''), query }
}

/** The page as `wx.navigateTo` takes it. */
export function toUrl(start: Start): string {
  return `/${formatPageUrl(start)}`
}
