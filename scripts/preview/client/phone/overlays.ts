/**
 * Everything that WeChat lays above a page: toast, loading, modal, action sheet, consent sheet,
 * documents. One dialog at a time, the next one waits; the keyboard reaches every button.
 *
 * For tests: `data-testid` toast, loading, modal, modal-confirm, modal-cancel, consent-sheet,
 * consent-allow, consent-deny, action-sheet, action-<index>, document.
 */
import { h } from '../markup'
import { drawAvatar } from '../pictures'
import { settings } from '../settings'
import { openDialog } from './dialog'

/** A consent sheet of WeChat: the question, its reason, and the data to be shared. */
interface ConsentRequest {
  title: string
  purpose: string
  rows: { avatar?: string; title: string; note: string }[]
}

interface ModalRequest {
  title: string
  content: string
  showCancel: boolean
  cancelText: string
  confirmText: string
  /**
   * '' is WeChat's own colour, which follows the theme; this also holds for the items of a list.
   */
  cancelColor: string
  confirmColor: string
  editable: boolean
  placeholderText: string
}

interface ToastRequest {
  title: string
  icon: string
  durationMs: number
  mask: boolean
}

/** The functions for the wx layer and the built-ins. */
export interface Overlays {
  toast(request: ToastRequest): void
  hideToast(): void
  loading(title: string, mask: boolean): void
  hideLoading(): void
  modal(request: ModalRequest): Promise<{ confirm: boolean; content: string | null }>
  /** The index of the chosen item; null when cancelled. */
  choose(items: string[], color: string, title?: string): Promise<number | null>
  /** Asks, unless the controls preset the answer. */
  askConsent(request: ConsentRequest): Promise<boolean>
  showDocument(title: string, text: string): Promise<undefined>
  /** Adds a custom dialog, such as the album; the returned function closes it. */
  layer: HTMLElement
}

const toastIcons: Record<string, string> = { success: '✓', error: '!', none: '' }

function createToast(request: ToastRequest): HTMLElement {
  const mark = toastIcons[request.icon]
  const isPlain = mark === '' || mark === undefined
  const spinner = request.icon === 'loading' ? h('i', { class: 'pv-spinner' }) : null
  const symbol = isPlain ? spinner : h('b', { class: 'pv-toast-mark', 'aria-hidden': 'true' }, mark)
  const shape = symbol === null ? 'pv-toast' : 'pv-toast pv-toast-square'
  const box = h('div', { class: shape }, symbol, h('span', {}, request.title))
  const testid = request.icon === 'loading' ? 'loading' : 'toast'
  const shade = request.mask ? 'pv-toast-place pv-blocking' : 'pv-toast-place'
  return h('div', { class: shade, role: 'status', 'data-testid': testid }, box)
}

/** One slot above the page: new content replaces the old. */
function createSlot(layer: HTMLElement) {
  let shown: HTMLElement | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const hide = (): void => {
    clearTimeout(timer)
    shown?.remove()
    shown = null
  }
  return {
    hide,
    show(element: HTMLElement, durationMs?: number): void {
      hide()
      shown = element
      layer.append(element)
      if (durationMs !== undefined) timer = setTimeout(hide, durationMs)
    },
  }
}

function consentRow(row: ConsentRequest['rows'][number]): HTMLElement {
  const picture = h('span', { class: 'pv-consent-avatar', 'aria-hidden': 'true' })
  if (row.avatar !== undefined) picture.innerHTML = drawAvatar(row.avatar)
  const words = h('span', {}, h('strong', {}, row.title), h('small', {}, row.note))
  const check = h('i', { class: 'pv-consent-check', 'aria-hidden': 'true' }, '✓')
  return h(
    'div',
    { class: 'pv-consent-row' },
    row.avatar === undefined ? null : picture,
    words,
    check,
  )
}

function showConsent(
  layer: HTMLElement,
  appName: string,
  request: ConsentRequest,
): Promise<boolean> {
  const options = { kind: 'sheet', label: request.title, testid: 'consent-sheet' } as const
  return openDialog<boolean>(layer, options, (close) => [
    h(
      'header',
      { class: 'pv-consent-app' },
      h('i', { class: 'pv-app-icon', 'aria-hidden': 'true' }, appName.slice(0, 1)),
      h('span', {}, appName),
      h('span', { class: 'pv-quiet' }, '申请'),
    ),
    h('h2', { class: 'pv-consent-title' }, request.title),
    h('p', { class: 'pv-consent-purpose' }, request.purpose),
    ...request.rows.map(consentRow),
    h(
      'footer',
      { class: 'pv-consent-buttons' },
      button('拒绝', 'consent-deny', 'pv-plain', () => close(false)),
      button('允许', 'consent-allow', 'pv-primary', () => close(true)),
    ),
  ]).then((answer) => answer ?? false)
}

/** A button of a sheet or dialog. */
export function button(
  text: string,
  testid: string,
  look: string,
  act: () => void,
): HTMLButtonElement {
  const attributes = { class: `pv-button ${look}`, 'data-testid': testid, type: 'button' }
  return h('button', { ...attributes, onclick: () => act() }, text)
}

function showModal(layer: HTMLElement, request: ModalRequest) {
  const { title, content, editable, placeholderText } = request
  const field = h('input', { class: 'pv-modal-field', placeholder: placeholderText })
  if (editable) field.value = content
  const cancel = { text: request.cancelText, color: request.cancelColor }
  const confirm = { text: request.confirmText, color: request.confirmColor }
  const label = title || content
  const options = { kind: 'modal', label, testid: 'modal', canDismiss: false } as const
  return openDialog<boolean>(layer, options, (close) => {
    const make = ({ text, color }: typeof cancel, testid: string, answer: boolean): HTMLElement => {
      const element = button(text, testid, 'pv-modal-button', () => close(answer))
      element.style.color = color
      return element
    }
    return [
      title === '' ? null : h('h2', { class: 'pv-modal-title' }, title),
      editable ? field : h('p', { class: 'pv-modal-content' }, content),
      h(
        'footer',
        { class: 'pv-modal-buttons' },
        request.showCancel ? make(cancel, 'modal-cancel', false) : null,
        make(confirm, 'modal-confirm', true),
      ),
    ]
  }).then((confirmed) => ({
    confirm: confirmed === true,
    content: editable ? field.value : null,
  }))
}

function showActions(layer: HTMLElement, items: string[], color: string, title?: string) {
  const label = title ?? '操作'
  return openDialog<number>(layer, { kind: 'sheet', label, testid: 'action-sheet' }, (close) => [
    title === undefined ? null : h('p', { class: 'pv-actions-title' }, title),
    ...items.map((item, index) => {
      const element = button(item, `action-${index}`, 'pv-action', () => close(index))
      element.style.color = color
      return element
    }),
    button('取消', 'action-cancel', 'pv-action pv-action-cancel', () => close(null)),
  ])
}

/** Builds the overlays of a phone; `appName` is what the consent sheets show. */
export function createOverlays(layer: HTMLElement, appName: string): Overlays {
  const slot = createSlot(layer)
  return {
    layer,
    toast: (request) => slot.show(createToast(request), request.durationMs),
    hideToast: () => slot.hide(),
    loading(title, mask) {
      slot.show(createToast({ title, icon: 'loading', mask, durationMs: 0 }))
    },
    hideLoading: () => slot.hide(),
    modal: (request) => showModal(layer, request),
    choose: (items, color, title) => showActions(layer, items, color, title),
    async askConsent(request) {
      if (settings.consent !== 'ask') return settings.consent === 'allow'
      return showConsent(layer, appName, request)
    },
    async showDocument(title, text) {
      const options = { kind: 'sheet', label: title, testid: 'document' } as const
      await openDialog(layer, options, (close) => [
        h('h2', { class: 'pv-consent-title' }, title),
        h('p', { class: 'pv-consent-purpose' }, text),
        button('知道了', 'document-close', 'pv-primary', () => close(null)),
      ])
      return undefined
    },
  }
}
