/**
 * The layout: controls on the left, the phone in the middle, calls on the right. In a narrow window
 * a bar at the bottom selects the column beside or instead of the phone. Test ids: view-controls,
 * view-phone, view-events.
 */
import { h } from '../markup'
import { createConsoleTab } from './console-tab'
import { createControls, type ControlContext } from './controls'
import { createDetails } from './details'
import { watchSandbox } from './sandbox-watch'
import { createSequence } from './sequence'
import { createStorageTab } from './storage-tab'
import { createTabs } from './tabs'

const views = [
  ['controls', '设置'],
  ['phone', '手机'],
  ['events', '时序'],
] as const

type View = (typeof views)[number][0]

/** Adds the three columns to the page; the caller builds the phone into `stage`. */
export function createRoom() {
  const left = h('aside', { class: 'pv-side pv-side-left', 'aria-label': '设置' })
  const stage = h('div', { class: 'pv-stage' })
  const right = h('aside', { class: 'pv-side pv-side-right', 'aria-label': '调用记录' })
  const room = h('div', { class: 'pv-room' }, left, stage, right)
  const show = (view: View): void => {
    room.dataset['view'] = view
    for (const button of bar.querySelectorAll('button')) {
      button.ariaPressed = String(button.dataset['view'] === view)
    }
  }
  const buttons = views.map(([view, text]) =>
    h(
      'button',
      {
        type: 'button',
        'data-view': view,
        'data-testid': `view-${view}`,
        onclick: () => show(view),
      },
      text,
    ),
  )
  const bar = h('nav', { class: 'pv-views', 'aria-label': '视图' }, ...buttons)
  document.body.append(room, bar)
  show('phone')
  return { stage, left, right }
}

/** Fills both side columns once the build's description has arrived. */
export function fillRoom(
  { left, right }: { left: HTMLElement; right: HTMLElement },
  context: ControlContext,
): void {
  const { title = '小程序预览', note } = context
  left.append(
    h('h1', { class: 'pv-brand' }, title),
    h('p', { class: 'pv-note', hidden: note === undefined }, note ?? ''),
    createControls(context),
  )
  const details = createDetails()
  const sequence = createSequence((entry) => details.show(entry))
  sequence.append(details.element)
  const tabs = createTabs('调用记录', [
    { id: 'sequence', title: '时序', content: sequence },
    { id: 'storage', title: '存储', content: createStorageTab(context.storageName) },
    {
      id: 'console',
      title: '控制台',
      content: createConsoleTab((count) => {
        if (count > 0) tabs.setTitle('console', `控制台 ${count}`)
      }),
    },
  ])
  right.append(tabs.element)
  watchSandbox(context.hasSandbox)
}
