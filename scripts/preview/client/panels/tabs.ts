/** Tabs with the keyboard support of the ARIA pattern: arrow keys move, one tab is selected. */
import { h } from '../markup'

/** One tab with its panel. */
export interface Tab {
  id: string
  title: string
  content: HTMLElement
}

/** A row of tabs above their panels. Test ids: tab-<id>. */
export function createTabs(label: string, tabs: readonly Tab[]) {
  const buttons = tabs.map(({ id, title }) => {
    const attributes = { type: 'button', role: 'tab', id: `pv-tab-${id}`, class: 'pv-tab' }
    return h(
      'button',
      { ...attributes, 'data-testid': `tab-${id}`, 'aria-controls': `pv-${id}` },
      title,
    )
  })
  const panels = tabs.map(({ id, content }) => {
    const attributes = { role: 'tabpanel', id: `pv-${id}`, class: 'pv-panel' }
    return h('div', { ...attributes, 'aria-labelledby': `pv-tab-${id}` }, content)
  })
  const select = (index: number): void => {
    buttons.forEach((button, at) => {
      button.ariaSelected = String(at === index)
      button.tabIndex = at === index ? 0 : -1
    })
    panels.forEach((panel, at) => {
      panel.hidden = at !== index
    })
  }
  buttons.forEach((button, index) => {
    button.addEventListener('click', () => select(index))
    button.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
      if (step === 0) return
      const next = (index + step + tabs.length) % tabs.length
      select(next)
      buttons[next]?.focus()
    })
  })
  select(0)
  const row = h('div', { class: 'pv-tabs', role: 'tablist', 'aria-label': label }, ...buttons)
  return {
    element: h('div', { class: 'pv-tabbed' }, row, ...panels),
    setTitle(id: string, title: string): void {
      const button = buttons[tabs.findIndex((tab) => tab.id === id)]
      if (button !== undefined) button.textContent = title
    },
  }
}
