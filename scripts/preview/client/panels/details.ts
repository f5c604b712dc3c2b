/** Details of one call, above the sequence diagram: headers and bodies with secrets masked. */
import { h } from '../markup'
import type { TraceEntry } from '../trace'

const titles: Record<string, string> = {
  url: '请求地址',
  headers: '请求头',
  request: '请求体',
  response: '响应体',
  responseHeaders: '响应头',
}

function format(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

/** A section for calls; `show` opens it, its button and Escape close it. */
export function createDetails(): { element: HTMLElement; show(entry: TraceEntry): void } {
  const body = h('div', { class: 'pv-details-body' })
  const title = h('h3', {})
  const close = h('button', { type: 'button', class: 'pv-small-button' }, '关闭')
  const header = h('header', {}, title, close)
  const attributes = { class: 'pv-details', hidden: true, 'data-testid': 'call-details' }
  const element = h('section', { ...attributes, 'aria-label': '调用详情' }, header, body)
  let before: Element | null = null
  const hide = (): void => {
    element.hidden = true
    if (before instanceof HTMLElement) before.focus()
  }
  close.addEventListener('click', hide)
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide()
  })
  return {
    element,
    show(entry) {
      before = document.activeElement
      title.textContent = `${entry.label} → ${entry.outcome ?? '等待响应'}`
      const blocks = Object.entries(entry.details)
        .filter(([, value]) => value !== undefined && value !== null && value !== '')
        .flatMap(([name, value]) => [
          h('h4', {}, titles[name] ?? name),
          h('pre', {}, format(value)),
        ])
      body.replaceChildren(...blocks)
      element.hidden = false
      close.focus()
    },
  }
}
