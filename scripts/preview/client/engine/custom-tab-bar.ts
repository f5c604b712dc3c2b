/**
 * The custom tab bar (`"custom": true`): one instance of `custom-tab-bar/index` for each tab page,
 * fixed above it.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/ability/custom-tabbar.html
 */
import { setTabBarInstance } from './instance'
import type { LoadedProgram } from './program'

const PATH = 'custom-tab-bar/index'

/** Adds the custom tab bar to a page; does nothing when there is none. */
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
