/**
 * `<movable-view>`, dragged by finger or mouse inside of its `<movable-area>`; `inertia` is in inertia.ts. Left
 * out: scaling by two fingers; `scale-value` scales.
 * https://developers.weixin.qq.com/miniprogram/dev/component/movable-view.html
 */
import { followDrags } from '../drags'
import { glide, keepLast, velocityOf, type Sample } from './inertia'
import { limitOffset } from './movable-range'
import { WxElement } from './wx-element'

/** Duration of a move that is not a drag. */
const ANIMATION_MS = 300
const DEFAULT_SCALES = { min: 0.5, max: 10 }
const DEFAULT_FRICTION = 2

interface Place {
  x: number
  y: number
}

/** What caused a move, as `bindchange` reports it; '' for `setData`. */
type MoveSource = 'touch' | 'touch-out-of-bounds' | 'out-of-bounds' | 'friction' | ''

export class WxMovableView extends WxElement {
  static readonly observedAttributes = ['x', 'y', 'scale', 'scale-value']
  private place: Place = { x: 0, y: 0 }
  /** The start of the drag. */
  private start: Place = { x: 0, y: 0 }
  private hasMoved = false
  /** Where the drag was last, for its speed at the end. */
  private samples: Sample[] = []
  /** Ends with the glide after the drag. */
  private frame = 0

  protected build(): void {
    followDrags(this, {
      begin: () => this.begin(),
      move: (dx, dy) => this.drag(dx, dy),
      end: () => this.release(),
    })
    // The area has no size before the page is laid out, and another size has other limits.
    const sizes = new ResizeObserver(() => this.moveTo(this.limit(this.place), ''))
    sizes.observe(this)
    if (this.parentElement !== null) sizes.observe(this.parentElement)
    this.place = this.bound()
    this.show(0)
  }

  disconnectedCallback(): void {
    cancelAnimationFrame(this.frame)
  }

  protected override update(name: string): void {
    cancelAnimationFrame(this.frame)
    if (name === 'x' || name === 'y') {
      this.moveTo(this.limit({ ...this.place, [name]: this.bound()[name] }), '')
      return
    }
    this.show(this.animationMs())
    this.emit('scale', { ...this.place, scale: this.scale() })
    this.moveTo(this.limit(this.place), '')
  }

  private begin(): boolean {
    cancelAnimationFrame(this.frame)
    this.start = this.place
    this.samples = []
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
    const atMs = performance.now()
    this.samples = [...keepLast(this.samples, atMs), { ...wanted, atMs }]
    this.go(wanted, 'touch')
  }

  /** As far as it may: beyond its limits only with `out-of-bounds`. */
  private go(wanted: Place, source: 'touch' | 'friction'): void {
    const inside = this.limit(wanted)
    const isBeyond = inside.x !== wanted.x || inside.y !== wanted.y
    if (!isBeyond || !this.flag('out-of-bounds')) this.moveTo(inside, source)
    else this.moveTo(wanted, source === 'touch' ? 'touch-out-of-bounds' : source)
  }

  private release(): void {
    const startMs = performance.now()
    const velocity = velocityOf(this.flag('inertia') ? this.samples : [], startMs)
    const wanted = this.number('friction', DEFAULT_FRICTION)
    const { durationMs, at } = glide(velocity, wanted > 0 ? wanted : DEFAULT_FRICTION)
    const { x, y } = this.place
    const step = (): void => {
      const ms = performance.now() - startMs
      const way = at(ms)
      this.go({ x: x + way.x, y: y + way.y }, 'friction')
      if (ms < durationMs) this.frame = requestAnimationFrame(step)
      else this.moveTo(this.limit(this.place), 'out-of-bounds')
    }
    step()
  }

  private moveTo(place: Place, source: MoveSource): void {
    if (place.x === this.place.x && place.y === this.place.y) return
    this.place = place
    this.show(source.startsWith('touch') || source === 'friction' ? 0 : this.animationMs())
    this.write('x', place.x)
    this.write('y', place.y)
    this.emit('change', { ...place, source })
  }

  /** Uses an animation, because the WXML's own `style` may be rewritten at any time. */
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
    return this.isOff('animation') ? 0 : ANIMATION_MS
  }

  private number(name: string, otherwise: number): number {
    const number = Number.parseFloat(this.text(name))
    return Number.isNaN(number) ? otherwise : number
  }
}
