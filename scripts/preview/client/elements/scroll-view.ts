/**
 * `<scroll-view>`: scrolls by attribute, and reports each scroll and each reached edge;
 * pull-to-refresh is in refresher.ts.
 * https://developers.weixin.qq.com/miniprogram/dev/component/scroll-view.html
 */
import { offerNodeApi } from '../engine/node-api'
import { Refresher } from './refresher'
import { findEdge, type Edge } from './scroll-edge'
import { WxElement } from './wx-element'

/** Distance from the edge that counts as reached, in px. */
const DEFAULT_THRESHOLD_PX = 50
/** Pull distance that shows the refresher. */
const DEFAULT_REFRESHER_PX = 45

export class WxScrollView extends WxElement {
  static readonly observedAttributes = [
    'scroll-top',
    'scroll-left',
    'scroll-into-view',
    'refresher-triggered',
  ]
  private readonly edges: Record<'x' | 'y', Edge> = { x: 'upper', y: 'upper' }
  private readonly refresher = new Refresher(this, {
    isEnabled: () => this.flag('refresher-enabled'),
    look: () => ({
      thresholdPx: Number.parseFloat(this.text('refresher-threshold')) || DEFAULT_REFRESHER_PX,
      style: this.text('refresher-default-style') || 'black',
      background: this.text('refresher-background'),
    }),
    emit: (type, dy) => this.emit(type, { dy }),
  })
  private last = { scrollTop: 0, scrollLeft: 0 }

  protected build(): void {
    offerNodeApi(this, {
      scrollTo: (to: { top?: number; left?: number; animated?: boolean }) =>
        this.scrollTo({ ...to, behavior: to.animated === true ? 'smooth' : 'instant' }),
      scrollIntoView: (selector: string) => this.bringIntoView(selector),
    })
    this.addEventListener('scroll', () => this.onScroll())
    this.refresher.follow()
    for (const name of WxScrollView.observedAttributes) this.update(name)
  }

  private onScroll(): void {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, last } = this
    this.last = { scrollTop, scrollLeft }
    const deltas = { deltaX: last.scrollLeft - scrollLeft, deltaY: last.scrollTop - scrollTop }
    this.emit('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth, ...deltas })
    if (scrollTop !== last.scrollTop) this.follow('y')
    if (scrollLeft !== last.scrollLeft) this.follow('x')
  }

  private threshold(name: 'upper-threshold' | 'lower-threshold'): number {
    const text = this.text(name)
    return text === '' ? DEFAULT_THRESHOLD_PX : Number.parseFloat(text)
  }

  /** Sends scrolltoupper and scrolltolower once each time an edge is reached. */
  private follow(axis: 'x' | 'y'): void {
    const isVertical = axis === 'y'
    const edge = findEdge({
      offset: isVertical ? this.scrollTop : this.scrollLeft,
      visible: isVertical ? this.clientHeight : this.clientWidth,
      total: isVertical ? this.scrollHeight : this.scrollWidth,
      upperThreshold: this.threshold('upper-threshold'),
      lowerThreshold: this.threshold('lower-threshold'),
    })
    const before = this.edges[axis]
    this.edges[axis] = edge
    if (edge === before || edge === 'none') return
    const [upper, lower] = isVertical ? ['top', 'bottom'] : ['left', 'right']
    this.emit(`scrollto${edge}`, { direction: edge === 'upper' ? upper : lower })
  }

  /** Scrolls only this view; the browser's own scrollIntoView would also scroll the page. */
  private bringIntoView(selector: string): void {
    const target = this.querySelector(selector)
    if (target === null) return
    const [own, other] = [this.getBoundingClientRect(), target.getBoundingClientRect()]
    const [left, top] = [other.left - own.left, other.top - own.top]
    this.move({ left: this.scrollLeft + left, top: this.scrollTop + top })
  }

  private move(to: ScrollToOptions): void {
    const behavior = this.flag('scroll-with-animation') ? 'smooth' : 'instant'
    this.scrollTo({ ...to, behavior })
  }

  protected override update(name: string): void {
    if (name === 'refresher-triggered') this.refresher.set(this.flag(name))
    const text = this.text(name)
    if (text === '') return
    if (name === 'scroll-top') this.move({ top: Number(text) })
    if (name === 'scroll-left') this.move({ left: Number(text) })
    if (name === 'scroll-into-view') this.bringIntoView(`#${CSS.escape(text)}`)
  }
}
