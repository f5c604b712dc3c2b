/**
 * `<switch>`, `<checkbox>`, `<radio>` and their groups. One tap changes one value and sends one
 * `change` event, from the group if there is one.
 * https://developers.weixin.qq.com/miniprogram/dev/component/checkbox.html
 */
import { WxElement, type FormControl } from './wx-element'

/** The common base: checked or not, toggled by tap or key. */
export abstract class WxChoice extends WxElement {
  static readonly observedAttributes = ['checked', 'disabled']
  protected abstract readonly ariaKind: string
  isChecked = false

  protected build(): void {
    this.setAttribute('role', this.ariaKind)
    this.tabIndex = 0
    this.prepend(this.createMark())
    this.addEventListener('pv-tap', (event) => {
      event.stopPropagation()
      if (!this.flag('disabled')) this.toggle()
    })
    this.update('checked')
  }

  protected override update(name: string): void {
    if (name === 'checked') this.check(this.flag('checked'))
  }

  protected abstract toggle(): void

  private createMark(): HTMLElement {
    const mark = document.createElement('i')
    mark.className = 'pv-mark'
    return mark
  }

  /** Sets the state without notifying the mini-program. */
  check(isChecked: boolean): void {
    this.isChecked = isChecked
    this.ariaChecked = String(isChecked)
  }

  reset(): void {
    this.check(false)
  }

  /** The `value` from the WXML. */
  choiceValue(): string {
    return this.text('value')
  }
}

export class WxSwitch extends WxChoice implements FormControl {
  protected readonly ariaKind = 'switch'

  formValue(): boolean {
    return this.isChecked
  }

  protected toggle(): void {
    this.check(!this.isChecked)
    this.write('checked', this.isChecked)
    this.emit('change', { value: this.isChecked })
  }
}

export class WxCheckbox extends WxChoice {
  protected readonly ariaKind = 'checkbox'

  protected toggle(): void {
    this.check(!this.isChecked)
    const group = this.closest('wx-checkbox-group')
    if (group instanceof WxCheckboxGroup) group.changed()
  }
}

export class WxRadio extends WxChoice {
  protected readonly ariaKind = 'radio'

  protected toggle(): void {
    if (this.isChecked) return
    const group = this.closest('wx-radio-group')
    if (group instanceof WxRadioGroup) group.choose(this)
    else this.check(true)
  }
}

abstract class WxGroup extends WxElement implements FormControl {
  protected build(): void {
    this.setAttribute('role', 'group')
  }

  protected choices(): WxChoice[] {
    const isChoice = (element: Element): element is WxChoice => element instanceof WxChoice
    return [...this.querySelectorAll('*')].filter(isChoice)
  }

  abstract formValue(): unknown

  reset(): void {
    for (const choice of this.choices()) choice.reset()
  }
}

export class WxCheckboxGroup extends WxGroup {
  formValue(): string[] {
    return this.choices()
      .filter((choice) => choice.isChecked)
      .map((choice) => choice.choiceValue())
  }

  /** Notifies the mini-program of the new list of values. */
  changed(): void {
    this.emit('change', { value: this.formValue() })
  }
}

export class WxRadioGroup extends WxGroup {
  formValue(): string {
    return (
      this.choices()
        .find((choice) => choice.isChecked)
        ?.choiceValue() ?? ''
    )
  }

  /** Makes `chosen` the only checked one and notifies the mini-program. */
  choose(chosen: WxChoice): void {
    for (const choice of this.choices()) choice.check(choice === chosen)
    this.emit('change', { value: chosen.choiceValue() })
  }
}
