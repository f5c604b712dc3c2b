/**
 * `<picker-view>` and `<picker-view-column>`: columns that are scrolled until an item is between
 * the two lines of the indicator.
 * https://developers.weixin.qq.com/miniprogram/dev/component/picker-view.html
 */
import { convertLengths } from '../../build/lengths'
import { WxElement, type FormControl } from './wx-element'

const DEFAULT_ITEM_HEIGHT = '34px'
/** How long a column must rest before its item counts as chosen. */
const SETTLED_MS = 80

const readHeight = (style: string): string =>
  /(?:^|;)\s*height:\s*([^;]+)/.exec(style)?.[1]?.trim() ?? DEFAULT_ITEM_HEIGHT

export class WxPickerViewColumn extends WxElement {
  private chosen = 0
  private isPicking = false
  private timer: ReturnType<typeof setTimeout> | undefined

  protected build(): void {
    this.addEventListener('scroll', () => this.onScroll())
    this.addEventListener('click', (event) => this.scrollToClicked(event.target))
    // Applies a chosen index also to items that arrive later.
    new MutationObserver(() => this.show(this.chosen)).observe(this, { childList: true })
  }

  /** The index of the item between the lines. */
  index(): number {
    return this.chosen
  }

  /** Scrolls to an item without notifying anybody. */
  show(index: number): void {
    this.chosen = Math.min(Math.max(index, 0), Math.max(this.childElementCount - 1, 0))
    this.scrollTop = this.chosen * this.itemHeight()
  }

  private itemHeight(): number {
    return this.firstElementChild?.getBoundingClientRect().height ?? 0
  }

  private scrollToClicked(target: EventTarget | null): void {
    const index = [...this.children].findIndex((item) => item.contains(target as Node))
    if (index >= 0) this.scrollTo({ top: index * this.itemHeight(), behavior: 'smooth' })
  }

  private onScroll(): void {
    const height = this.itemHeight()
    const view = this.closest('wx-picker-view')
    if (height === 0 || !(view instanceof WxPickerView)) return
    if (!this.isPicking) view.picking(true)
    this.isPicking = true
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.isPicking = false
      const index = Math.round(this.scrollTop / height)
      const isNew = index !== this.chosen
      this.chosen = index
      if (isNew) view.changed()
      view.picking(false)
    }, SETTLED_MS)
  }
}

export class WxPickerView extends WxElement implements FormControl {
  static readonly observedAttributes = ['value', 'indicator-style', 'immediate-change']

  formValue(): number[] {
    return this.columns().map((column) => column.index())
  }

  reset(): void {
    for (const column of this.columns()) column.show(0)
  }

  protected build(): void {
    // Columns and items arrive after the view, and its height after them.
    new ResizeObserver(() => this.showValue()).observe(this)
    this.update('indicator-style')
  }

  protected override update(name: string): void {
    if (name === 'value') this.showValue()
    if (name !== 'indicator-style') return
    const height = convertLengths(readHeight(this.text('indicator-style')))
    this.style.setProperty('--pv-item', height)
  }

  /** Reports that a column starts or stops scrolling. */
  picking(isStart: boolean): void {
    this.emit(isStart ? 'pickstart' : 'pickend')
  }

  /** Reports the new choice to the mini-program. */
  changed(): void {
    const value = this.formValue()
    this.write('value', value)
    this.emit('change', { value })
  }

  private columns(): WxPickerViewColumn[] {
    return [...this.querySelectorAll('wx-picker-view-column')].filter(
      (element) => element instanceof WxPickerViewColumn,
    )
  }

  private showValue(): void {
    const value = this.value('value')
    const indexes = Array.isArray(value) ? value.map(Number) : []
    this.columns().forEach((column, position) => column.show(indexes[position] ?? column.index()))
  }
}
