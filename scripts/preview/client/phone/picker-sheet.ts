/**
 * The sheets of a `<picker>` other than a plain list: a date, a time, or several columns, where one
 * may change the others. Test ids: picker, picker-field, picker-column-<index>, picker-confirm,
 * picker-cancel.
 */
import { h } from '../markup'
import { openDialog } from './dialog'
import { button } from './overlays'

function openPicker<T>(
  layer: HTMLElement,
  title: string,
  content: HTMLElement,
  answer: () => T,
): Promise<T | null> {
  return openDialog<T>(layer, { kind: 'sheet', label: title, testid: 'picker' }, (close) => [
    h('h2', { class: 'pv-consent-title' }, title),
    content,
    h(
      'footer',
      { class: 'pv-consent-buttons' },
      button('取消', 'picker-cancel', 'pv-plain', () => close(null)),
      button('确定', 'picker-confirm', 'pv-primary', () => close(answer())),
    ),
  ])
}

/** Asks for a date or a time as text; null when cancelled. */
export function enterMoment(
  layer: HTMLElement,
  kind: 'date' | 'time',
  value: string,
  title: string,
): Promise<string | null> {
  const field = h('input', { type: kind, value, class: 'pv-modal-field', 'aria-label': title })
  field.dataset['testid'] = 'picker-field'
  return openPicker(layer, title, field, () => field.value)
}

/** The current columns; a change of one may change the others. */
export interface Columns {
  labels: string[][]
  chosen: number[]
}

/** Asks for one item per column; `onChange` returns the new columns after one has changed. */
export function chooseColumns(
  layer: HTMLElement,
  title: string,
  first: Columns,
  onChange: (column: number, index: number) => Promise<Columns>,
): Promise<number[] | null> {
  const row = h('div', { class: 'pv-columns' })
  const draw = ({ labels, chosen }: Columns): void => {
    const selects = labels.map((items, column) => {
      const attributes = {
        'data-testid': `picker-column-${column}`,
        'aria-label': `第 ${column + 1} 列`,
      }
      const select = h('select', { ...attributes, class: 'pv-modal-field' })
      items.forEach((item, index) => select.append(h('option', { value: index }, item)))
      select.selectedIndex = chosen[column] ?? 0
      select.addEventListener('change', () => {
        void onChange(column, select.selectedIndex).then((next) => {
          draw(next)
          const again = row.children[column]
          if (again instanceof HTMLElement) again.focus()
        })
      })
      return select
    })
    row.replaceChildren(...selects)
  }
  draw(first)
  const answer = (): number[] =>
    [...row.querySelectorAll('select')].map(({ selectedIndex }) => Math.max(selectedIndex, 0))
  return openPicker(layer, title, row, answer)
}
