/**
 * The tab bar of app.json, shown below its pages. Changes by APIs apply to the bars of all pages.
 * Test ids: tab-bar, tab-bar-<index>.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/configuration/app.html#tabBar
 */
import { h } from '../markup'
import { resolvePicture } from '../pictures'

/** One tab; `badge` is a text at its corner, '' for a red dot. */
export interface TabItem {
  pagePath: string
  text: string
  iconPath?: string
  selectedIconPath?: string
  badge?: string | undefined
}

/** The bar's settings in app.json. */
export interface TabBarConfig {
  list: TabItem[]
  color: string
  selectedColor: string
  backgroundColor: string
  /** Whether the mini-program has a custom tab bar. */
  custom: boolean
}

/** The bar's configuration; null when the mini-program has none. */
export function parseTabBar(config: unknown): TabBarConfig | null {
  if (typeof config !== 'object' || config === null) return null
  const { list, ...rest } = config as Partial<TabBarConfig>
  if (!Array.isArray(list)) return null
  const colours = { color: '#999', selectedColor: '#07c160', backgroundColor: '#f7f7f7' }
  return { list: list.map((item) => ({ ...item })), custom: false, ...colours, ...rest }
}

function createButton(config: TabBarConfig, index: number, isCurrent: boolean): HTMLElement {
  const { text = '', iconPath, selectedIconPath, badge } = config.list[index] ?? {}
  const icon = (isCurrent ? selectedIconPath : iconPath) ?? iconPath
  const button = h(
    'button',
    {
      type: 'button',
      'data-testid': `tab-bar-${index}`,
      'aria-current': isCurrent ? 'page' : undefined,
    },
    icon === undefined
      ? null
      : h('img', { src: resolvePicture(`/${icon.replace(/^\//, '')}`), alt: '' }),
    text,
    badge === undefined ? null : h('i', { class: badge === '' ? 'pv-dot' : 'pv-badge' }, badge),
  )
  button.style.color = isCurrent ? config.selectedColor : config.color
  return button
}

/** The bars of all pages: a change in one applies to all. */
export class TabBars {
  private readonly drawn = new Set<() => void>()
  private isHidden = false

  constructor(
    readonly config: TabBarConfig,
    private readonly open: (item: TabItem, index: number) => void,
  ) {}

  /** Builds the bar of one page. */
  create(current: string): HTMLElement {
    const attributes = { class: 'pv-tab-bar', 'data-testid': 'tab-bar', 'aria-label': '标签栏' }
    const bar = h('nav', attributes)
    const draw = (): void => {
      const buttons = this.config.list.map((item, index) => {
        const button = createButton(this.config, index, item.pagePath === current)
        button.addEventListener('click', () => this.open(item, index))
        return button
      })
      bar.replaceChildren(...buttons)
      bar.style.background = this.config.backgroundColor
      bar.hidden = this.isHidden
    }
    this.drawn.add(draw)
    draw()
    return bar
  }

  /** Whether the bar contains the page. */
  has(path: string): boolean {
    return this.config.list.some(({ pagePath }) => pagePath === path)
  }

  setHidden(isHidden: boolean): void {
    this.isHidden = isHidden
    this.draw()
  }

  /** Changes one tab; false when `index` is out of range. */
  changeItem(index: number, change: Partial<TabItem>): boolean {
    const item = this.config.list[index]
    if (item === undefined) return false
    Object.assign(item, change)
    this.draw()
    return true
  }

  changeStyle(change: Partial<Omit<TabBarConfig, 'list'>>): void {
    Object.assign(this.config, change)
    this.draw()
  }

  private draw(): void {
    for (const draw of this.drawn) draw()
  }
}
