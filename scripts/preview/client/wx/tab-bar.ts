/**
 * APIs that change the tab bar: badges, texts, colours, visibility.
 * https://developers.weixin.qq.com/miniprogram/dev/api/ui/tab-bar/wx.setTabBarBadge.html
 */
import type { TabBars, TabItem } from '../phone/tab-bar'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'

type Change = (bars: TabBars, options: Options) => void

function changeItem(bars: TabBars, options: Options, change: Partial<TabItem>): void {
  const isThere = bars.changeItem(numberOption(options, 'index', -1), change)
  if (!isThere) throw new ApiFailure('tabbar item not found')
}

/** The options that were given. */
const pick = (options: Options, names: readonly string[]): object =>
  Object.fromEntries(names.filter((name) => name in options).map((name) => [name, options[name]]))

const changes: Record<string, Change> = {
  setTabBarBadge: (bars, options) =>
    changeItem(bars, options, { badge: textOption(options, 'text').slice(0, 4) }),
  removeTabBarBadge: (bars, options) => changeItem(bars, options, { badge: undefined }),
  showTabBarRedDot: (bars, options) => changeItem(bars, options, { badge: '' }),
  hideTabBarRedDot: (bars, options) => changeItem(bars, options, { badge: undefined }),
  setTabBarItem: (bars, options) =>
    changeItem(bars, options, pick(options, ['text', 'iconPath', 'selectedIconPath'])),
  setTabBarStyle: (bars, options) =>
    bars.changeStyle(pick(options, ['color', 'selectedColor', 'backgroundColor'])),
  showTabBar: (bars) => bars.setHidden(false),
  hideTabBar: (bars) => bars.setHidden(true),
}

/** The APIs of the tab bar; they fail when the mini-program has none. */
export function createTabBarApis(context: WxContext): ApiGroup {
  return Object.fromEntries(
    Object.entries(changes).map(([name, change]) => [
      name,
      createApi(name, (options) => {
        const bars = context.stack.tabBars
        if (bars === null) throw new ApiFailure('not TabBar page')
        change(bars, options)
        return undefined
      }),
    ]),
  )
}
