/**
 * `<picker>` with one column (`selector`, the default), `date` and `time`; the other modes say that
 * they are not built. The choice is made in a sheet. Test ids: see phone/overlays.ts.
 * https://developers.weixin.qq.com/miniprogram/dev/component/picker.html
 */
import { WxElement, type FormControl } from './wx-element'

/** How a picker asks: the index of an item, or the text of a date or time; null when cancelled. */
export interface PickerSheets {
  choose(items: string[], title: string): Promise<number | null>
  enter(kind: 'date' | 'time', value: string, title: string): Promise<string | null>
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
    this.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') this.click()
    })
  }

  protected override update(): void {
    this.chosen = null
  }

  private labels(): string[] {
    const range = this.value('range')
    const key = this.text('range-key')
    if (!Array.isArray(range)) return []
    return range.map((item: unknown) =>
      String(key === '' ? item : (item as Record<string, unknown>)[key]),
    )
  }

  private async ask(): Promise<void> {
    const mode = this.text('mode') || 'selector'
    const title = this.text('header-text') || '请选择'
    let answer: unknown
    if (mode === 'selector') answer = await sheets?.choose(this.labels(), title)
    else if (mode === 'date' || mode === 'time') {
      answer = await sheets?.enter(mode, String(this.formValue()), title)
    } else {
      sheets?.reportUnbuilt(`<picker mode="${mode}">`)
      return
    }
    if (answer === null || answer === undefined) {
      this.emit('cancel')
      return
    }
    this.chosen = answer
    this.write('value', answer)
    this.emit('change', { value: answer })
  }
}
