/**
 * The tab bar of app.json: shown below the pages that it lists. Test ids: tab-bar, tab-bar-<index>.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/configuration/app.html#tabBar
 */
import { h } from '../markup'
import { resolvePicture } from '../pictures'

interface TabItem {
  pagePath: string
  text: string
  iconPath?: string
  selectedIconPath?: string
}

/** What app.json says about the bar. */
export interface TabBarConfig {
  list: TabItem[]
  color: string
  selectedColor: string
  backgroundColor: string
}

/** The bar's configuration; null when the mini-program has none or draws its own. */
export function parseTabBar(config: unknown): TabBarConfig | null {
  if (typeof config !== 'object' || config === null) return null
  const { list, custom, ...rest } = config as Partial<TabBarConfig> & { custom?: boolean }
  if (!Array.isArray(list) || custom === true) return null
  const colours = { color: '#999', selectedColor: '#07c160', backgroundColor: '#f7f7f7' }
  return { list, ...colours, ...rest }
}

/** Builds the bar for one of its pages. */
export function createTabBar(
  config: TabBarConfig,
  current: string,
  open: (path: string) => void,
): HTMLElement {
  const buttons = config.list.map(({ pagePath, text, iconPath, selectedIconPath }, index) => {
    const isCurrent = pagePath === current
    const icon = isCurrent ? selectedIconPath : iconPath
    const button = h(
      'button',
      {
        type: 'button',
        'data-testid': `tab-bar-${index}`,
        'aria-current': isCurrent ? 'page' : undefined,
        onclick: () => open(pagePath),
      },
      icon === undefined ? null : h('img', { src: resolvePicture(`/${icon}`), alt: '' }),
      text,
    )
    button.style.color = isCurrent ? config.selectedColor : config.color
    return button
  })
  const attributes = { class: 'pv-tab-bar', 'data-testid': 'tab-bar', 'aria-label': '标签栏' }
  const bar = h('nav', attributes, ...buttons)
  bar.style.background = config.backgroundColor
  return bar
}
