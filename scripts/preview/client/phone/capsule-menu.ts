/**
 * The capsule's buttons: the dots open a menu, the ring leaves the mini-program for the phone's
 * home screen, from which it returns as a hot start (onHide, then onShow). Test ids: capsule-menu,
 * capsule-close, home-screen, home-icon.
 */
import { h } from '../markup'
import type { Overlays } from './overlays'

/** What the capsule uses of the running mini-program. */
export interface CapsuleActions {
  appName: string
  overlays: Overlays
  onHide: () => void
  onShow: () => void
  restart: () => void
}

/** Opens the menu of the dots. */
export async function openMenu({ overlays, restart }: CapsuleActions): Promise<void> {
  const chosen = await overlays.choose(['重新进入小程序'], '', '预览中的小程序')
  if (chosen === 0) restart()
}

/** Leaves the mini-program; its icon on the home screen brings it back. */
export function goHome({ appName, overlays, onHide, onShow }: CapsuleActions): void {
  onHide()
  const icon = h('i', { class: 'pv-app-icon', 'aria-hidden': 'true' }, appName.slice(0, 1))
  const attributes = { type: 'button', class: 'pv-home-icon', 'data-testid': 'home-icon' }
  const button = h('button', attributes, icon, h('span', {}, appName))
  const screen = h('div', { class: 'pv-home', 'data-testid': 'home-screen' }, button)
  button.addEventListener('click', () => {
    screen.remove()
    onShow()
  })
  overlays.layer.append(screen)
  button.focus({ preventScroll: true })
}
