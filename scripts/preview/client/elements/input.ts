/**
 * `<input>` and `<textarea>`. The mini-program hears our events only, never the DOM's own, so that its
 * handlers run once. `type="nickname"` shows WeChat's bar with the person's nickname and, from
 * 2.24.4 on, clears a nickname that fails the check, shortly after the field is left.
 * https://developers.weixin.qq.com/miniprogram/dev/component/input.html
 */
import { nodeOf } from '../engine/backend'
import { WxElement, type FormControl } from './wx-element'

type Field = HTMLInputElement | HTMLTextAreaElement

/** What WeChat's content check says of a nickname. */
interface NicknameReview {
  pass: boolean
  /** Whether the mini-program hears of it by an event. */
  isTold: boolean
}

/** What the keyboard offers for a nickname field. */
export interface NicknameKeyboard {
  open(field: HTMLElement, choose: (nickname: string) => void): void
  close(): void
  /** WeChat's content check of a nickname, which takes its time; null when it does not check. */
  review(nickname: string): Promise<NicknameReview | null>
  /** False when the field behaves as plain text (old library, privacy not agreed). */
  isAvailable(): boolean
}

let nicknameKeyboard: NicknameKeyboard | null = null

/** Enables `type="nickname"`; without it such a field is plain text. */
export function setNicknameKeyboard(keyboard: NicknameKeyboard): void {
  nicknameKeyboard = keyboard
}

const inputModes: Record<string, string> = {
  number: 'numeric',
  digit: 'decimal',
  idcard: 'text',
  tel: 'tel',
}

/** The style of the classes in `placeholder-class`, with the prefixes of their component. */
function readClasses(host: HTMLElement, names: string[]): CSSStyleDeclaration | null {
  const node = nodeOf(host)
  if (node === null || names.length === 0) return null
  const before = new Set(host.classList)
  for (const name of names) node.classList?.toggle(name, true)
  const added = [...host.classList].filter((name) => !before.has(name))
  for (const name of names) node.classList?.toggle(name, false)
  const probe = document.createElement('span')
  probe.className = added.join(' ')
  host.append(probe)
  const { color, fontSize, fontWeight } = getComputedStyle(probe)
  probe.remove()
  return { color, fontSize, fontWeight } as CSSStyleDeclaration
}

abstract class WxField extends WxElement implements FormControl {
  static readonly observedAttributes = [
    'value',
    'placeholder',
    'disabled',
    'type',
    'password',
    'maxlength',
    'focus',
    'aria-label',
  ]
  protected field: Field = this.createField()
  private valueAtFocus = ''

  protected abstract createField(): Field

  formValue(): string {
    return this.field.value
  }

  reset(): void {
    this.field.value = ''
  }

  protected build(): void {
    const { field } = this
    // Keys typed here must not trigger a link or a choice around the field.
    field.addEventListener('keydown', (event) => event.stopPropagation())
    field.addEventListener('input', () => this.onInput())
    field.addEventListener('focus', () => this.onFocus())
    field.addEventListener('blur', () => this.onBlur())
    field.addEventListener('keydown', (event) => {
      const { key } = event as KeyboardEvent
      if (key === 'Enter' && field instanceof HTMLInputElement) this.confirm()
    })
    this.append(field)
    for (const name of WxField.observedAttributes) this.update(name)
    this.stylePlaceholder()
  }

  private stylePlaceholder(): void {
    const names = this.text('placeholder-class').split(/\s+/).filter(Boolean)
    const look = readClasses(this, names)
    for (const property of ['color', 'fontSize', 'fontWeight'] as const) {
      if (look !== null)
        this.field.style.setProperty(`--pv-placeholder-${property}`, look[property])
    }
  }

  protected override update(name: string): void {
    const { field } = this
    if (name === 'value') {
      const value = this.text('value')
      if (field.value !== value) field.value = value
    }
    if (name === 'placeholder') field.placeholder = this.text('placeholder')
    if (name === 'disabled') field.disabled = this.flag('disabled')
    if (name === 'aria-label' && this.ariaLabel !== null) field.ariaLabel = this.ariaLabel
    if (name === 'maxlength') {
      const limit = Number(this.text('maxlength') === '' ? 140 : this.text('maxlength'))
      if (limit >= 0) field.maxLength = limit
      else field.removeAttribute('maxlength')
    }
    if (name === 'type' || name === 'password') {
      const type = this.text('type')
      field.inputMode = inputModes[type] ?? 'text'
      if (field instanceof HTMLInputElement) {
        const isPassword = this.flag('password') || type === 'safe-password'
        field.type = isPassword ? 'password' : 'text'
      }
    }
    if (name === 'focus' && this.flag('focus')) field.focus()
  }

  private isNickname(): boolean {
    return this.text('type') === 'nickname' && nicknameKeyboard?.isAvailable() === true
  }

  private onInput(): void {
    const { value } = this.field
    this.write('value', value)
    this.emit('input', { value, cursor: this.field.selectionStart ?? value.length, keyCode: 0 })
  }

  private onFocus(): void {
    this.valueAtFocus = this.field.value
    this.emit('focus', { value: this.field.value, height: this.isNickname() ? 300 : 0 })
    if (!this.isNickname()) return
    nicknameKeyboard?.open(this, (nickname) => {
      this.field.value = nickname
      this.onInput()
      this.field.blur()
    })
  }

  private onBlur(): void {
    const { value } = this.field
    if (this.isNickname()) {
      nicknameKeyboard?.close()
      void this.review(value)
    }
    this.emit('blur', { value, cursor: value.length })
    if (value !== this.valueAtFocus) this.emit('change', { value })
  }

  private async review(nickname: string): Promise<void> {
    const review = (await nicknameKeyboard?.review(nickname)) ?? null
    // What was typed in the meantime has a check of its own.
    if (review === null || this.field.value !== nickname) return
    const { pass, isTold } = review
    if (!pass) {
      this.field.value = ''
      this.write('value', '')
    }
    if (isTold) this.emit('nicknamereview', { pass, timeout: false })
  }

  private confirm(): void {
    this.emit('confirm', { value: this.field.value })
    this.field.blur()
  }
}

export class WxInput extends WxField {
  protected createField(): Field {
    const field = document.createElement('input')
    field.autocomplete = 'off'
    field.className = 'pv-field'
    return field
  }
}

export class WxTextarea extends WxField {
  protected createField(): Field {
    const field = document.createElement('textarea')
    field.className = 'pv-field'
    return field
  }
}
