/**
 * `<picker>` with one column (`selector`, the default) or several, `date` and `time`; the other modes
 * say that they are not built. The choice is made in a sheet. Test ids: see phone/picker-sheet.ts.
 * https://developers.weixin.qq.com/miniprogram/dev/component/picker.html
 */
import type { Columns } from '../phone/picker-sheet'
import { WxElement, type FormControl } from './wx-element'

/** How a picker asks: the index of an item, or the text of a date or time; null when cancelled. */
export interface PickerSheets {
  choose(items: string[], title: string): Promise<number | null>
  enter(kind: 'date' | 'time', value: string, title: string): Promise<string | null>
  chooseColumns(
    title: string,
    first: Columns,
    onChange: (column: number, index: number) => Promise<Columns>,
  ): Promise<number[] | null>
  reportUnbuilt(what: string): void
}

let sheets: PickerSheets | null = null

/** Makes pickers work. */
export function setPickerSheets(given: PickerSheets): void {
  sheets = given
}

export class WxPicker extends WxElement implements FormControl {
  static readonly observedAttributes = ['value']
  private chosen: unknown = null

  formValue(): unknown {
    return this.chosen ?? this.value('value') ?? 0
  }

  reset(): void {
    this.chosen = null
  }

  protected build(): void {
    this.setAttribute('role', 'button')
    this.tabIndex = 0
    this.addEventListener('pv-tap', () => {
      if (!this.flag('disabled')) void this.ask()
    })
  }

  protected override update(): void {
    this.chosen = null
  }

  private labels(range = this.value('range')): string[] {
    const key = this.text('range-key')
    if (!Array.isArray(range)) return []
    return range.map((item: unknown) =>
      String(key === '' ? item : (item as Record<string, unknown>)[key]),
    )
  }

  private columns(): Columns {
    const [range, value] = [this.value('range'), this.value('value')]
    const labels = Array.isArray(range) ? range.map((column) => this.labels(column)) : []
    const chosen = Array.isArray(value) ? value.map(Number) : []
    return { labels, chosen: labels.map((_, column) => chosen[column] ?? 0) }
  }

  /** The mini-program hears of a column that was turned and may fill the others anew. */
  private chooseColumns(title: string): Promise<number[] | null> | undefined {
    const first = this.columns()
    const chosen = [...first.chosen]
    return sheets?.chooseColumns(title, first, async (column, value) => {
      const before = JSON.stringify(this.columns().chosen)
      chosen[column] = value
      this.emit('columnchange', { column, value })
      await new Promise((done) => requestAnimationFrame(done))
      const { labels, chosen: bound } = this.columns()
      // What the mini-program wrote into `value` meanwhile counts, else what was turned.
      if (JSON.stringify(bound) !== before) chosen.splice(0, chosen.length, ...bound)
      return { labels, chosen }
    })
  }

  private async choose(mode: string, title: string): Promise<unknown> {
    if (mode === 'selector') return sheets?.choose(this.labels(), title)
    if (mode === 'multiSelector') return this.chooseColumns(title)
    if (mode === 'date' || mode === 'time') {
      return sheets?.enter(mode, String(this.formValue()), title)
    }
    sheets?.reportUnbuilt(`<picker mode="${mode}">`)
    return undefined
  }

  private async ask(): Promise<void> {
    const mode = this.text('mode') || 'selector'
    const answer = await this.choose(mode, this.text('header-text') || '请选择')
    if (answer === undefined) return
    if (answer === null) {
      this.emit('cancel')
      return
    }
    this.chosen = answer
    this.write('value', answer)
    this.emit('change', { value: answer })
  }
}
