/**
 * Pull-to-refresh of a `<scroll-view>`: `refresher-enabled` and its related attributes.
 * styles/view-elements.css styles the area that opens above the content.
 * https://developers.weixin.qq.com/miniprogram/dev/component/scroll-view.html
 */
import { followDrags } from '../drags'
import { nodeOf } from '../engine/backend'

interface RefresherLook {
  /** The pull distance that triggers a refresh; the area stays open this far meanwhile. */
  thresholdPx: number
  /** The colour of the dots, `black` or `white`; `none` hides them for a custom refresher. */
  style: string
  background: string
}

/** The attributes and events of the scroll-view that a refresher uses. */
interface RefresherHost {
  isEnabled(): boolean
  look(): RefresherLook
  emit(type: string, dy: number): void
}

export class Refresher {
  private pulledPx = 0
  private isRefreshing = false

  constructor(
    private readonly view: HTMLElement,
    private readonly host: RefresherHost,
  ) {}

  /** Starts to track pulls. */
  follow(): void {
    this.markOwnNode()
    new MutationObserver(() => this.markOwnNode()).observe(this.view, { childList: true })
    followDrags(this.view, {
      begin: () => this.host.isEnabled() && !this.isRefreshing && this.view.scrollTop <= 0,
      move: (_dx, dy) => this.pull(dy),
      end: () => this.release(),
    })
  }

  /** The value of `refresher-triggered`. */
  set(isTriggered: boolean): void {
    if (isTriggered === this.isRefreshing) return
    if (isTriggered) this.refresh()
    else this.close('refresherrestore')
  }

  /** CSS can't see `slot="refresher"`, because glass-easel does not render the attribute. */
  private markOwnNode(): void {
    for (const child of this.view.children) {
      child.toggleAttribute('pv-refresher-node', nodeOf(child)?.slot === 'refresher')
    }
  }

  private pull(dy: number): void {
    // The content follows at half the speed, so that it feels like a pull.
    this.show(Math.max(0, dy) / 2)
    if (dy > 0) this.host.emit('refresherpulling', this.pulledPx)
  }

  private release(): void {
    if (this.pulledPx >= this.host.look().thresholdPx) this.refresh()
    else if (this.pulledPx > 0) this.close('refresherabort')
  }

  private refresh(): void {
    this.isRefreshing = true
    this.show(this.host.look().thresholdPx)
    this.host.emit('refresherrefresh', this.pulledPx)
  }

  private close(type: 'refresherabort' | 'refresherrestore'): void {
    this.isRefreshing = false
    this.show(0)
    this.host.emit(type, 0)
  }

  private show(px: number): void {
    const { view } = this
    this.pulledPx = px
    const { style, background } = this.host.look()
    view.setAttribute('pv-refresher', style)
    view.style.setProperty('--pv-pull', `${px}px`)
    view.style.setProperty('--pv-refresher-background', background || 'transparent')
  }
}
