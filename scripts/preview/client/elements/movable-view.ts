/**
 * `<movable-view>`, dragged by finger or mouse inside of its `<movable-area>`. Left out: `inertia`, and scaling by
 * two fingers; `scale-value` scales.
 * https://developers.weixin.qq.com/miniprogram/dev/component/movable-view.html
 */
import { followDrags } from '../drags'
import { limitOffset } from './movable-range'
import { WxElement } from './wx-element'

/** How long a move takes that nobody drags. */
const ANIMATION_MS = 300
const DEFAULT_SCALES = { min: 0.5, max: 10 }

interface Place {
  x: number
  y: number
}

/** What caused a move, as `bindchange` reports it; '' for `setData`. */
type MoveSource = 'touch' | 'touch-out-of-bounds' | 'out-of-bounds' | ''

export class WxMovableView extends WxElement {
  static readonly observedAttributes = ['x', 'y', 'scale', 'scale-value']
  private place: Place = { x: 0, y: 0 }
  /** Where the drag began. */
  private start: Place = { x: 0, y: 0 }
  private hasMoved = false

  protected build(): void {
    followDrags(this, {
      begin: () => this.begin(),
      move: (dx, dy) => this.drag(dx, dy),
      end: () => this.moveTo(this.limit(this.place), 'out-of-bounds'),
    })
    // The area has no size before the page is laid out; another size has other limits.
    const sizes = new ResizeObserver(() => this.moveTo(this.limit(this.place), ''))
    sizes.observe(this)
    if (this.parentElement !== null) sizes.observe(this.parentElement)
    this.place = this.bound()
    this.show(0)
  }

  protected override update(name: string): void {
    if (name === 'x' || name === 'y') {
      this.moveTo(this.limit({ ...this.place, [name]: this.bound()[name] }), '')
      return
    }
    this.show(this.animationMs())
    this.emit('scale', { ...this.place, scale: this.scale() })
    this.moveTo(this.limit(this.place), '')
  }

  private begin(): boolean {
    this.start = this.place
    this.hasMoved = false
    const isInArea = this.parentElement?.localName === 'wx-movable-area'
    return isInArea && !this.flag('disabled') && this.direction() !== 'none'
  }

  private drag(dx: number, dy: number): void {
    if (!this.hasMoved) {
      this.hasMoved = true
      this.emit(Math.abs(dx) > Math.abs(dy) ? 'htouchmove' : 'vtouchmove', {}, true)
    }
    const direction = this.direction()
    const wanted = {
      x: this.start.x + (direction === 'vertical' ? 0 : dx),
      y: this.start.y + (direction === 'horizontal' ? 0 : dy),
    }
    const inside = this.limit(wanted)
    const isBeyond = inside.x !== wanted.x || inside.y !== wanted.y
    if (isBeyond && this.flag('out-of-bounds')) this.moveTo(wanted, 'touch-out-of-bounds')
    else this.moveTo(inside, 'touch')
  }

  private moveTo(place: Place, source: MoveSource): void {
    if (place.x === this.place.x && place.y === this.place.y) return
    this.place = place
    this.show(source.startsWith('touch') ? 0 : this.animationMs())
    this.write('x', place.x)
    this.write('y', place.y)
    this.emit('change', { ...place, source })
  }

  /** By an animation, since the WXML's own `style` may be written again at any time. */
  private show(duration: number): void {
    const { x, y } = this.place
    const transform = `translate(${x}px, ${y}px) scale(${this.scale()})`
    this.animate([{ transform }], { duration, fill: 'forwards', easing: 'ease-out' })
  }

  private limit({ x, y }: Place): Place {
    const area = this.parentElement
    if (area === null) return { x, y }
    const scale = this.scale()
    return {
      x: limitOffset(x, { view: this.offsetWidth, area: area.clientWidth, scale }),
      y: limitOffset(y, { view: this.offsetHeight, area: area.clientHeight, scale }),
    }
  }

  private bound(): Place {
    return { x: this.number('x', 0), y: this.number('y', 0) }
  }

  private scale(): number {
    if (!this.flag('scale')) return 1
    const { min, max } = DEFAULT_SCALES
    const wanted = this.number('scale-value', 1)
    return Math.min(Math.max(wanted, this.number('scale-min', min)), this.number('scale-max', max))
  }

  private direction(): string {
    return this.text('direction') || 'none'
  }

  private animationMs(): number {
    return this.value('animation') === false ? 0 : ANIMATION_MS
  }

  private number(name: string, otherwise: number): number {
    const number = Number.parseFloat(this.text(name))
    return Number.isNaN(number) ? otherwise : number
  }
}
