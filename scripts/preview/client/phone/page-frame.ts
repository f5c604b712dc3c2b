/**
 * The frame of one page: navigation bar with title and back button, and the scrolling area below
 * it. Colours and style follow the page's JSON (`navigationBarTitleText`, `navigationStyle` …).
 */
import { h, icon } from '../markup'
import { followPulls } from './pull-down'

/** The parts of a page that APIs can change. */
export interface PageFrame {
  element: HTMLElement
  /** The area between the bars; fixed elements of the page are positioned in it. */
  body: HTMLElement
  scroller: HTMLElement
  /** Adds the page to the phone, above `bar` if there is one. */
  attach(parent: HTMLElement, bar: HTMLElement | null): void
  setTitle(title: string): void
  setColors(front: string | undefined, background: string | undefined): void
  setLoading(isLoading: boolean): void
  /** Colour of title and status bar, `black` or `white`. */
  front(): string
}

const text = (value: unknown, fallback: string): string =>
  typeof value === 'string' ? value : fallback

/** The navigation bar and its changeable parts. */
function createBar(hasBack: boolean, onBack: () => void) {
  const title = h('span', { class: 'pv-title', role: 'heading', 'aria-level': '1' })
  const spinner = h('i', { class: 'pv-spinner pv-title-spinner', hidden: true })
  const back = h('button', {
    class: 'pv-back',
    'aria-label': '返回',
    onclick: onBack,
  })
  back.append(icon('M15 4 L7 12 L15 20'))
  back.hidden = !hasBack
  const heading = h('div', { class: 'pv-heading' }, spinner, title)
  const bar = h('header', { class: 'pv-navbar' }, back, heading)
  return { bar, title, spinner }
}

/** Keeps 100vh equal to the height between the bars, as in WeChat's webview. */
function followHeight(scroller: HTMLElement): void {
  const update = (): void =>
    scroller.style.setProperty('--pv-vh', `${scroller.getBoundingClientRect().height / 100}px`)
  new ResizeObserver(update).observe(scroller)
  update()
}

/** Builds the frame of a page from its configuration (app.json's `window` merged with the page's). */
export function createPageFrame(
  config: Record<string, unknown>,
  hasBack: boolean,
  events: { onBack(): void; onColors(): void; onPull(): void },
): PageFrame {
  const { bar, title, spinner } = createBar(hasBack, () => events.onBack())
  const scroller = h('div', { class: 'pv-scroller' })
  if (config['enablePullDownRefresh'] === true) followPulls(scroller, () => events.onPull())
  const isCustom = config['navigationStyle'] === 'custom'
  const body = h('div', { class: 'pv-page-body' }, scroller)
  const element = h('section', { class: isCustom ? 'pv-page pv-custom' : 'pv-page' }, bar, body)
  element.style.setProperty('--pv-page-background', text(config['backgroundColor'], '#ffffff'))
  let frontColor = text(config['navigationBarTextStyle'], 'white')
  const frame: PageFrame = {
    front: () => (/^(black|#0{3,6})$/.test(frontColor) ? 'black' : 'white'),
    element,
    body,
    scroller,
    attach(parent, bar) {
      if (bar !== null) element.append(bar)
      parent.append(element)
      followHeight(scroller)
    },
    setTitle(value) {
      title.textContent = value
    },
    setColors(front, background) {
      frontColor = front ?? frontColor
      element.style.setProperty('--pv-bar-front', frontColor)
      if (background !== undefined) element.style.setProperty('--pv-bar-background', background)
      events.onColors()
    },
    setLoading(isLoading) {
      spinner.hidden = !isLoading
    },
  }
  frame.setTitle(text(config['navigationBarTitleText'], ''))
  frame.setColors(undefined, text(config['navigationBarBackgroundColor'], '#000000'))
  return frame
}
