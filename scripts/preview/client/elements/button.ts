/**
 * `<button>`: sizes and types, form-type, and the open types that call WeChat. The wx layer
 * registers the answers in `openTypes`.
 * https://developers.weixin.qq.com/miniprogram/dev/component/button.html
 */
import { WxElement } from './wx-element'
import { WxForm } from './form'

/** Sends an event of the button to the mini-program: `getphonenumber` with its detail. */
export type SendEvent = (type: string, detail: object) => void
/** The handler for a tap on a button with an open type. */
export type OpenType = (button: HTMLElement, send: SendEvent) => void

const AGREEMENT = 'agreePrivacyAuthorization'

const openTypes = new Map<string, OpenType>()
let reportUnbuilt: (what: string) => void = () => undefined

/** Registers an open type; an unregistered one shows a message when tapped. */
export function addOpenType(name: string, action: OpenType): void {
  openTypes.set(name, action)
}

/** Reports an open type that is not built. */
export function onUnbuiltOpenType(report: (what: string) => void): void {
  reportUnbuilt = report
}

export class WxButton extends WxElement {
  static readonly observedAttributes = ['disabled', 'loading']

  protected build(): void {
    this.setAttribute('role', 'button')
    this.addEventListener('pv-tap', () => this.act())
    this.update()
  }

  protected override update(): void {
    const isDisabled = this.flag('disabled')
    this.tabIndex = isDisabled ? -1 : 0
    this.ariaDisabled = String(isDisabled)
    // `disabled="{{undefined}}"` arrives as an empty attribute; it must not look disabled.
    if (!isDisabled && this.hasAttribute('disabled')) this.removeAttribute('disabled')
    this.ariaBusy = String(this.flag('loading'))
  }

  private act(): void {
    if (this.flag('disabled')) return
    const formType = this.text('form-type')
    const form = this.closest('wx-form')
    if (form instanceof WxForm) {
      if (formType === 'submit') form.submit(this)
      if (formType === 'reset') form.reset()
    }
    const send: SendEvent = (type, detail) => this.emit(type, detail)
    const names = this.text('open-type').split('|').filter(Boolean)
    // The tap is the agreement: what else the button asks for comes after it.
    names.sort((a, b) => Number(b === AGREEMENT) - Number(a === AGREEMENT))
    for (const name of names) {
      const action = openTypes.get(name)
      if (action === undefined) reportUnbuilt(`<button open-type="${name}">`)
      else action(this, send)
    }
  }
}
