/**
 * `<scroll-view>`: scrolls by attribute, tells each scroll, and each time that an edge is reached.
 * https://developers.weixin.qq.com/miniprogram/dev/component/scroll-view.html
 */
import { findEdge, type Edge } from './scroll-edge'
import { WxElement } from './wx-element'

/** How near the edge counts as reached, in px. */
const DEFAULT_THRESHOLD_PX = 50

export class WxScrollView extends WxElement {
  static readonly observedAttributes = ['scroll-top', 'scroll-left', 'scroll-into-view']
  private readonly edges: Record<'x' | 'y', Edge> = { x: 'upper', y: 'upper' }
  private last = { scrollTop: 0, scrollLeft: 0 }

  protected build(): void {
    this.addEventListener('scroll', () => this.onScroll())
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

  /** Sends scrolltoupper and scrolltolower once for each time that an edge is reached. */
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

  protected override update(name: string): void {
    if (name === 'scroll-top' && this.text(name) !== '') this.scrollTop = Number(this.text(name))
    if (name === 'scroll-left' && this.text(name) !== '') this.scrollLeft = Number(this.text(name))
    if (name === 'scroll-into-view' && this.text(name) !== '') {
      this.querySelector(`#${CSS.escape(this.text(name))}`)?.scrollIntoView({ block: 'start' })
    }
  }
}
