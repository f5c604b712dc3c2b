/**
 * The tab bar that a mini-program draws itself (`"custom": true`): one instance of
 * `custom-tab-bar/index` for each page of the bar, fixed above it.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/ability/custom-tabbar.html
 */
import { setTabBarInstance } from './instance'
import type { LoadedProgram } from './program'

const PATH = 'custom-tab-bar/index'

/** Puts the mini-program's own tab bar on a page; does nothing where it has none. */
export function addCustomTabBar(loaded: LoadedProgram, body: HTMLElement): void {
  if (loaded.unitOf(PATH) === null) return
  const root = loaded.backend.createRoot('custom-tab-bar', loaded.space, PATH)
  const placeholder = document.createElement('div')
  body.append(placeholder)
  type Attached = Parameters<typeof root.attach>[0]
  setTabBarInstance(body, root.get())
  root.attach(body as unknown as Attached, placeholder as unknown as Attached)
  root.getComponent().triggerPageLifetime('show', [])
}
