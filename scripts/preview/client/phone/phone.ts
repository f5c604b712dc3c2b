/**
 * The phone in the middle: status bar, capsule, the stack of pages, and one layer for WeChat's
 * overlays. Independent of the mini-program.
 */
import { h, icon } from '../markup'

/** The parts of the phone that other modules fill. */
export interface Phone {
  /** The display. */
  screen: HTMLElement
  pages: HTMLElement
  /** Sheets, modals and toasts; the last one is on top. */
  layer: HTMLElement
  /** The two halves of the capsule. */
  menu: HTMLElement
  close: HTMLElement
  /** Colours status bar and capsule for a `black` or `white` title. */
  setFront(front: string): void
}

const DOTS = [
  'M6 12m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0',
  'M12 12m-2.4 0a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0 -4.8 0',
  'M18 12m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0',
]
const TARGET = [
  'M12 12m-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0',
  'M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0',
]

function createStatusBar(): HTMLElement {
  const clock = h('span', { class: 'pv-clock' })
  const tick = (): void => {
    const now = new Date()
    clock.textContent = `${now.getHours()}:${String(now.getMinutes()).padStart(2, '0')}`
  }
  tick()
  setInterval(tick, 10_000)
  const signal = icon('M3 19v-3', 'M8 19v-6', 'M13 19v-9', 'M18 19V6')
  const battery = icon('M3 8h15v8H3z', 'M20.5 11v2', 'M5 10h9v4H5z')
  signal.classList.add('pv-signal')
  battery.classList.add('pv-battery')
  const right = h('span', { class: 'pv-status-icons' }, signal, battery)
  return h('div', { class: 'pv-status-bar', 'aria-hidden': 'true' }, clock, right)
}

/** The capsule at the right of every mini-program's title. */
function createCapsule() {
  const menu = h('button', {
    class: 'pv-capsule-button',
    'aria-label': '更多',
    'data-testid': 'capsule-menu',
  })
  const close = h('button', {
    class: 'pv-capsule-button',
    'aria-label': '关闭',
    'data-testid': 'capsule-close',
  })
  const dots = icon(...DOTS)
  dots.classList.add('pv-filled')
  menu.append(dots)
  close.append(icon(...TARGET))
  const line = h('i', { class: 'pv-capsule-line' })
  return { menu, close, capsule: h('div', { class: 'pv-capsule' }, menu, line, close) }
}

/** Keeps the phone's units (rpx, vw) equal to its real width; each page sets its own vh. */
function followSize(screen: HTMLElement): void {
  const update = (): void => {
    const { clientWidth: width } = screen
    screen.style.setProperty('--pv-rpx', `${width / 750}px`)
    screen.style.setProperty('--pv-vw', `${width / 100}px`)
  }
  new ResizeObserver(update).observe(screen)
  update()
}

/** Builds the phone and puts it into `stage`. */
export function createPhone(stage: HTMLElement): Phone {
  const pages = h('div', { class: 'pv-pages' })
  const layer = h('div', { class: 'pv-layer' })
  const { capsule, menu, close } = createCapsule()
  const screen = h(
    'div',
    { class: 'pv-screen', 'data-testid': 'phone-screen' },
    pages,
    createStatusBar(),
    capsule,
    layer,
    h('i', { class: 'pv-home-bar', 'aria-hidden': 'true' }),
  )
  const device = h('main', { class: 'pv-device', 'aria-label': '手机' }, screen)
  stage.append(device)
  followSize(screen)
  const setFront = (front: string): void => {
    screen.dataset['front'] = front
  }
  return { screen, pages, layer, menu, close, setFront }
}
