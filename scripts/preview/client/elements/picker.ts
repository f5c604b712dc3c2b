/**
 * `<picker>` with one column (`selector`, the default) or several, `date`, `time` and `region`;
 * other modes report that they are not built. The choice is made in a sheet. Test ids: see
 * phone/picker-sheet.ts.
 * https://developers.weixin.qq.com/miniprogram/dev/component/picker.html
 */
import type { Columns } from '../phone/picker-sheet'
import { describeRegions, findRegions, turnRegion, type RegionColumns } from './region-columns'
import { WxElement, type FormControl } from './wx-element'

/**
 * Shows the sheet; returns the index of an item, or a date or time as text; null when cancelled.
 */
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

/** `level` of a region → number of columns. */
const regionDepths: Record<string, number> = { province: 1, city: 2, region: 3 }

const toColumns = ({ regions, chosen }: RegionColumns): Columns => ({
  labels: regions.map((column) => column.map(({ name }) => name)),
  chosen,
})

/** The detail of `change`; null when cancelled, undefined when no sheet could be shown. */
type Choice = { value: unknown } | null | undefined

const toChoice = (value: unknown): Choice =>
  value === null || value === undefined ? value : { value }

let sheets: PickerSheets | null = null

/** Enables pickers. */
export function setPickerSheets(given: PickerSheets): void {
  sheets = given
}

export class WxPicker extends WxElement implements FormControl {
  static readonly observedAttributes = ['value']
  private chosen: unknown = null

  formValue(): unknown {
    return this.chosen ?? this.value('value') ?? (this.text('mode') === 'region' ? [] : 0)
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

  /** The mini-program is notified of each turned column and may refill the others. */
  private chooseColumns(title: string): Promise<number[] | null> | undefined {
    const first = this.columns()
    const chosen = [...first.chosen]
    return sheets?.chooseColumns(title, first, async (column, value) => {
      const before = JSON.stringify(this.columns().chosen)
      chosen[column] = value
      this.emit('columnchange', { column, value })
      await new Promise((done) => requestAnimationFrame(done))
      const { labels, chosen: bound } = this.columns()
      // A `value` that the mini-program set meanwhile wins over the turned column.
      if (JSON.stringify(bound) !== before) chosen.splice(0, chosen.length, ...bound)
      return { labels, chosen }
    })
  }

  /** Returns the detail of `change`: names and codes. */
  private async chooseRegion(title: string): Promise<Choice> {
    const level = this.text('level') || 'region'
    const depth = regionDepths[level]
    if (depth === undefined) sheets?.reportUnbuilt(`<picker mode="region" level="${level}">`)
    const options = { depth: depth ?? 3, customItem: this.text('custom-item') }
    const names = this.formValue()
    let columns = findRegions(options, Array.isArray(names) ? names : [])
    const answer = await sheets?.chooseColumns(title, toColumns(columns), (column, index) => {
      columns = turnRegion(options, columns, column, index)
      return Promise.resolve(toColumns(columns))
    })
    return answer === null || answer === undefined ? answer : describeRegions(columns)
  }

  private async choose(mode: string, title: string): Promise<Choice> {
    if (mode === 'selector') return toChoice(await sheets?.choose(this.labels(), title))
    if (mode === 'multiSelector') return toChoice(await this.chooseColumns(title))
    if (mode === 'region') return this.chooseRegion(title)
    if (mode === 'date' || mode === 'time') {
      return toChoice(await sheets?.enter(mode, String(this.formValue()), title))
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
    this.chosen = answer.value
    this.write('value', answer.value)
    this.emit('change', answer)
  }
}
