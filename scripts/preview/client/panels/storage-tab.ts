/** Shows the stored data of the current person, updated live; secrets are masked. */
import { h } from '../markup'
import { settings } from '../settings'
import { listStorage, onStorageChange, storagePrefix } from '../wx/storage'
import { mask } from './mask'

function describe(text: string): string {
  const { value } = JSON.parse(text) as { value?: unknown }
  return JSON.stringify(mask(value), null, 2)
}

/** The tab's content. Test id: storage. */
export function createStorageTab(storageName: string): HTMLElement {
  const list = h('dl', { class: 'pv-storage', 'data-testid': 'storage' })
  const empty = h('p', { class: 'pv-empty' }, '当前用户没有本地存储数据。')
  const draw = (): void => {
    const items = listStorage(storagePrefix(storageName, settings.user))
    const rows = items.flatMap(([key, text]) => [
      h('dt', {}, key),
      h('dd', {}, h('pre', {}, describe(text))),
    ])
    list.replaceChildren(...rows)
    empty.hidden = items.length > 0
  }
  onStorageChange(draw)
  draw()
  return h('div', {}, list, empty)
}
