/**
 * `<swiper>`: slides in a row or column that snap, moved by finger, wheel or timer. Its indicator
 * dots are the browser's own scroll markers, if the browser has them.
 * https://developers.weixin.qq.com/miniprogram/dev/component/swiper.html
 */
import { WxElement } from './wx-element'

const DEFAULT_INTERVAL_MS = 5000

export class WxSwiper extends WxElement {
  static readonly observedAttributes = [
    'vertical',
    'current',
    'autoplay',
    'interval',
    'indicator-dots',
    'indicator-color',
    'indicator-active-color',
  ]
  private shown = 0
  private source: 'touch' | 'autoplay' = 'touch'
  private timer: ReturnType<typeof setInterval> | undefined

  protected build(): void {
    this.addEventListener('scrollend', () => this.settle())
    for (const name of ['vertical', 'current', 'autoplay', 'indicator-dots']) this.update(name)
  }

  disconnectedCallback(): void {
    clearInterval(this.timer)
  }

  protected override update(name: string): void {
    // CSS can't distinguish `vertical` from `vertical="{{false}}"` well enough.
    if (name === 'vertical') this.toggleAttribute('pv-vertical', this.flag('vertical'))
    if (name === 'current') {
      this.shown = Number(this.text('current')) || 0
      this.moveTo(this.shown, 'instant')
      return
    }
    if (name.startsWith('indicator')) {
      this.showDots()
      return
    }
    clearInterval(this.timer)
    const intervalMs = Number(this.text('interval')) || DEFAULT_INTERVAL_MS
    if (this.flag('autoplay')) this.timer = setInterval(() => this.advance(), intervalMs)
  }

  private showDots(): void {
    this.toggleAttribute('pv-dots', this.flag('indicator-dots'))
    for (const name of ['indicator-color', 'indicator-active-color']) {
      const colour = this.text(name)
      if (colour !== '') this.style.setProperty(`--${name}`, colour)
    }
  }

  private size(): number {
    return Math.max(this.flag('vertical') ? this.clientHeight : this.clientWidth, 1)
  }

  private moveTo(index: number, behavior: ScrollBehavior): void {
    const distance = index * this.size()
    this.scrollTo({ ...(this.flag('vertical') ? { top: distance } : { left: distance }), behavior })
  }

  /** After the last slide comes the first; WeChat continues there even without `circular`. */
  private advance(): void {
    this.source = 'autoplay'
    this.moveTo((this.shown + 1) % Math.max(this.childElementCount, 1), 'smooth')
  }

  private settle(): void {
    const distance = this.flag('vertical') ? this.scrollTop : this.scrollLeft
    const current = Math.round(distance / this.size())
    const { source } = this
    this.source = 'touch'
    if (current === this.shown) return
    this.shown = current
    this.write('current', current)
    this.emit('change', { current, source: source === 'autoplay' ? 'autoplay' : 'touch' })
  }
}
