/**
 * `<form>` and `<label>`. A tap on a button with form-type submit collects the values of all
 * controls with a `name`; the form never sends a request itself.
 * https://developers.weixin.qq.com/miniprogram/dev/component/form.html
 */
import { isFormControl, WxElement, type FormControl } from './wx-element'

export class WxForm extends WxElement {
  protected build(): void {
    this.setAttribute('role', 'form')
  }

  private controls(): FormControl[] {
    return [...this.querySelectorAll('*')].filter(isFormControl)
  }

  /** Sends `submit` with the value of every named control. */
  submit(target: HTMLElement): void {
    const named = this.controls().filter((control) => control.hasAttribute('name'))
    const value = Object.fromEntries(
      named.map((control) => [control.getAttribute('name') ?? '', control.formValue()]),
    )
    this.emit('submit', {
      value,
      target: { id: target.id, dataset: Object.assign({}, target.dataset) },
    })
  }

  /** Resets every control and sends `reset`. */
  reset(): void {
    for (const control of this.controls()) control.reset()
    this.emit('reset')
  }
}

export class WxLabel extends WxElement {
  protected build(): void {
    this.addEventListener('pv-tap', (event) => {
      const wanted = this.text('for')
      const target =
        wanted === ''
          ? this.querySelector('wx-checkbox, wx-radio, wx-switch, wx-input, wx-button')
          : document.getElementById(wanted)
      const origin = event.target instanceof Element ? event.target : null
      if (target instanceof HTMLElement && !target.contains(origin)) target.click()
    })
  }
}
